#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "analysis/study_results.hpp"
#include "model/config.hpp"
#include "record/artifact_use.hpp"

namespace inferscale::analysis {

/// What one timed iteration must do at the least, whatever the runtime.
struct CellWork {
  double flops = 0;  ///< of matrix products; a multiplication and an addition count 2
  double bytes = 0;  ///< weights read once a forward pass, and logits written once
};

/// Of `prefill` and `generate` (a forward pass a new token over the sequence so far); nullopt for `decode`,
/// whose limit is its cache's too. With T = batch x length positions, of which H come back as logits, layers
/// L, hidden d, MLP width i, vocabulary V, one pass takes
///   flops = L (2 T d (4 d + 2 i) + 4 T length d) + 2 H V d   (projections and MLP; scores and values; head)
///   bytes = bytes of a weight x parameters + 4 H V
/// after Williams, Waterman and Patterson (2009), Comm. ACM 52:65. Softmax, norms and activations are left
/// out: their flops are few, and their bytes can stay in a cache.
std::optional<CellWork> cell_work(const model::ModelConfig& config, const protocol::Scenario& scenario,
                                  protocol::Mode mode, int new_tokens, protocol::LogitsScope logits,
                                  double bytes_per_weight);

/// How near a cell comes to the machine's limit.
struct RooflineShare {
  std::string model, backend, scenario;
  protocol::Mode mode = protocol::Mode::prefill;
  double latency_ms = 0;       ///< measured mean
  double limit_ms = 0;         ///< the larger of bytes / copy rate and flops / matmul rate
  double share = 0;            ///< limit_ms / latency_ms; above 1: the weights were read from a cache
  bool compute_bound = false;  ///< the flops are the limit
};

/// Cells with an ok repetition whose model's shape is known, and whose device and precision have rates in
/// environment.json ("roofline": [{"device", "copy_gb_s", "matmul_gflop_s": {precision: rate}}]). A shape is
/// one of `models`, those of the manifest, or else what the model's name says on the ladder.
/// Needs the plan, for what comes back. Anything else has no share, and is left out.
std::vector<RooflineShare> roofline_shares(const std::optional<record::Plan>& plan, const Json& environment,
                                           const Analysis& analysis,
                                           const std::vector<record::UsedModel>& models = {});

Json to_json(const RooflineShare& share);

}  // namespace inferscale::analysis
