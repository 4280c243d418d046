#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "record/gates.hpp"

namespace inferscale::record {

constexpr int kQualitySchemaVersion = 1;

/// One backend on one model, as results/<label>/quality.json keeps it (docs/explanation/accuracy.md).
struct QualityResult {
  std::string model;
  std::string backend;
  std::string precision;
  /// "trained" or "random" (model::weights_origin): of random weights a perplexity says nothing about
  /// language. Empty where it is not known: results from before it was kept.
  std::string weights;
  std::string reference;  ///< the backend it was compared with; its own name for the reference itself
  /// Everything the figures depend on: artifacts, versions, corpus, protocol. Equal inputs are not measured
  /// again.
  Json inputs = Json::object();
  QualityFigures figures;
  GateVerdict verdict;
};

Json to_json(const QualityResult& result);
Result<QualityResult> parse_quality_result(const Json& json, const std::string& place);

/// results/<label>/quality.json; an empty list when it is not there.
std::filesystem::path quality_file(const std::filesystem::path& results_dir);
Result<std::vector<QualityResult>> read_quality(const std::filesystem::path& results_dir);
Result<void> write_quality(const std::filesystem::path& results_dir,
                           const std::vector<QualityResult>& results);

/// {"perplexity", "mean_log_probability", "sd_log_probability", "min_log_probability",
/// "max_log_probability", "tokens"}
Json to_json(const LogProbabilities& figures);

/// The same, and {"batches", "seconds", "forward_s"}.
Json to_json(const PerplexityRun& run);
Result<PerplexityRun> parse_perplexity(const Json& json, const std::string& place);

}  // namespace inferscale::record
