#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/json.hpp"
#include "core/outcome.hpp"
#include "protocol/measurement.hpp"

namespace inferscale::record {

constexpr int kRowSchemaVersion = 1;
/// The field of a row's details that says how its worker ran otherwise than asked.
constexpr const char* kNotAsAsked = "not_as_asked";

/// One repetition, as one line of raw/<mode>.jsonl. Names are those of the design; see
/// docs/reference/results.md.
struct Row {
  std::string study;
  std::string model;
  std::int64_t parameters = 0;
  std::string backend;
  std::string
      variant;  ///< of the backend, where a study measures it more than once; else empty, and not in the file
  std::string runtime_version;
  std::string device;
  std::string precision;
  protocol::Scenario scenario;
  int new_tokens = 0;  ///< 0 for prefill
  protocol::Mode mode = protocol::kDefaultMode;
  int repetition = 0;  ///< from 0
  Outcome outcome = Outcome::error;
  std::string error;       ///< empty when ok
  std::string started_at;  ///< UTC, ISO 8601
  int threads = 0;
  double load_s = 0;
  /// Below here: meaningful only when outcome is ok (null in the file otherwise).
  int warmup_iterations = 0;
  int iterations = 0;
  protocol::LatencySummary latency_ms;
  double throughput_tok_s = 0;
  double new_tok_s = 0;                                              ///< generate and decode
  double time_to_first_token_ms = 0;                                 ///< decode
  std::optional<protocol::LatencySummary> time_per_output_token_ms;  ///< decode of two tokens or more
  std::int64_t kv_bytes_per_token = 0;                               ///< decode
  double memory_peak_mb = 0;
  double gpu_memory_peak_mb = 0;
  Json clocks = nullptr;
  Json details = Json::object();  ///< how it was run: what the worker says, and of what int8 graph
  std::string tokens_sha256;      ///< of the new tokens: equal for backends that computed the same
};

/// What details say of that, or nothing.
std::optional<std::string> not_as_asked(const Row& row);

/// What tells its backend from every other of the study: "onnxruntime-cpu@new" for a variant.
std::string name_in_plan(const Row& row);

Json to_json(const Row& row);
/// `place` ("raw/prefill.jsonl line 12") leads every error message.
Result<Row> parse_row(const Json& json, const std::string& place);

}  // namespace inferscale::record
