#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/analysis.hpp"
#include "analysis/study_results.hpp"
#include "model/pass_work.hpp"
#include "record/artifact_use.hpp"

namespace inferscale::analysis {

/// What one timed iteration must do at the least, whatever the runtime: the sum of its passes.
using CellWork = model::Work;

/// Of `prefill` and `generate` (a forward pass a new token over the sequence so far) the whole, of `decode` a
/// step of the mean length; nullopt where it is not known what a token takes in the cache.
/// model/pass_work.hpp has the formulas.
std::optional<CellWork> cell_work(const model::DecoderSpec& config, const protocol::Scenario& scenario,
                                  protocol::Mode mode, int new_tokens, protocol::LogitsScope logits,
                                  double bytes_per_weight, double kv_bytes_per_token = 0);

/// What a device reaches at most, by environment.json.
struct DeviceRoofs {
  std::string device;
  double bytes_s = 0;                                  ///< the faster of reading and copying
  std::vector<std::pair<std::string, double>> flop_s;  ///< by what is computed in, slowest first
};
/// Of `roofline` in environment.json: [{"device", "copy_gb_s", "read_gb_s", "matmul_gflop_s": {precision:
/// rate}}]; without what has no rates.
std::vector<DeviceRoofs> roofs_of(const Json& environment);

/// How near a cell comes to the machine's limit.
struct RooflineShare {
  std::string model, backend, scenario;
  protocol::Mode mode = protocol::kDefaultMode;
  double latency_ms = 0;         ///< measured mean; of `decode` of a step
  double limit_ms = 0;           ///< the larger of bytes / rate of memory and flops / matmul rate
  double share = 0;              ///< limit_ms / latency_ms; see passes_limit()
  bool compute_bound = false;    ///< the flops are the limit
  double read_gb_s = 0;          ///< the least bytes over the time
  double gflop_s = 0;            ///< the least operations over the time
  double flop_per_byte = 0;      ///< of those: the intensity
  std::string device, computes;  ///< which roofs are its own
  /// Whether its limit is one. Not where the cell passes it, nor where matrix products limit it and another
  /// cell of the device and precision passes that very rate.
  bool limit_holds = true;
};

/// Nothing passes what a machine can do, so the rates that were measured were no limit: a cache held the
/// weights, or the probe's matrix products were slower than the runtime's. Rates are measured to within a few
/// hundredths.
inline bool passes_limit(double share) {
  constexpr double kMeasuredTo = 0.02;
  return share > 1 + kMeasuredTo;
}

/// Cells with an ok repetition whose model's shape is known, and whose device and precision have roofs. What
/// a precision weighs and computes in is what the environment keeps of the backend:
/// record::precision_facts(). A shape is one of `models`, those of the manifest, or else what the model's
/// name says on the ladder. Needs the plan, for what comes back. Anything else has no share, and is left out.
std::vector<RooflineShare> roofline_shares(const std::optional<record::Plan>& plan, const Json& environment,
                                           const Analysis& analysis,
                                           const std::vector<record::UsedModel>& models = {});

}  // namespace inferscale::analysis
