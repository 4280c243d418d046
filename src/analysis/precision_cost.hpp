#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "analysis/artifact_facts.hpp"
#include "analysis/cost.hpp"
#include "analysis/study_results.hpp"

namespace inferscale::analysis {

/// One precision of a runtime on one model and mode, beside the runtime's full precision, which is fp32 but
/// for backends that say otherwise.
struct PrecisionComparison {
  std::string model;
  protocol::Mode mode = protocol::kDefaultMode;
  std::string backend, precision;
  std::string reference;  ///< of the same runtime, the backend of full precision: itself for that one
  std::optional<double> throughput_tok_s;  ///< a complete overall mean; absent when there is none
  std::optional<RatioTest>
      speedup;                    ///< over the reference; absent for itself, or when scenarios do not match
  std::optional<double> build_s;  ///< of everything that it loads: BuildFacts
  std::optional<double> artifact_bytes;  ///< of what the runtime loads: the engine, else the graph
  std::optional<double> perplexity,
      perplexity_change;  ///< the change: a share, against the study's reference
  std::string weights;    ///< "trained" or "random", what the perplexity is of; empty where it is not known
  record::Gate gate = record::Gate::not_checked;  ///< of accuracy, on this model
  /// Serving until the build has paid for itself against the reference.
  std::optional<Amortisation> paid_back;
};

/// Runtimes that were measured in more than one precision: backends whose names are the same but for the
/// precision at the end ("tensorrt-fp16"), or which have none there ("onnxruntime-cpu",
/// "onnxruntime-cpu-int8"). Which of them is full precision, is_full_precision() says of what
/// environment.json keeps of the backend; runtimes without one are left out.
std::vector<PrecisionComparison> compare_precisions(const Analysis& analysis, const StudyBuilds& builds,
                                                    const std::optional<record::Plan>& plan,
                                                    const Json& environment);

}  // namespace inferscale::analysis
