#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "protocol/scenario.hpp"
#include "protocol/shape.hpp"

namespace inferscale::protocol {

/// When a repetition's timed loop ends: at `target_relative_half_width` (95% interval of the mean, Student's
/// t) once `min_iterations` are done, or at `max_s` of timed work, or at `max_iterations`; whichever is
/// first.
struct StoppingRule {
  double target_relative_half_width = 0.01;
  int min_iterations = 5;
  int max_iterations = 10000;
  double max_s = 2.0;
};

/// One repetition's work order, as the plan has it and the protocol carries it.
struct MeasureRequest {
  Scenario scenario;
  Mode mode = kDefaultMode;
  int new_tokens = 8;  ///< generate and decode
  int warmup_iterations = 3;
  StoppingRule stop;
  std::uint64_t token_seed = 0;  ///< prompt ids are drawn from it; the same for every backend
};

/// Of the timed iterations of one repetition, milliseconds.
struct LatencySummary {
  double mean = 0, median = 0, p90 = 0, p99 = 0, min = 0, max = 0;
  double sd = 0;  ///< sample standard deviation (n - 1); 0 for one iteration
};

struct Measurement {
  int warmup_iterations = 0;
  int iterations = 0;
  LatencySummary latency_ms;
  /// Of modes with a KV cache: mean time of the pass over the prompt, its token chosen; all steps of all
  /// timed iterations, none where an iteration has no step; what a token of a sequence takes in the cache.
  double time_to_first_token_ms = 0;
  std::optional<LatencySummary> time_per_output_token_ms;
  std::int64_t kv_bytes_per_token = 0;
  /// The output of the last iteration, so that the orchestrator can check what was computed:
  std::vector<int> output_shape;                      ///< [batch, positions, vocabulary]
  std::vector<std::vector<std::int32_t>> new_tokens;  ///< a list a sequence; prefill: the one argmax token
  double memory_peak_mb = 0;                          ///< VmHWM of the process, MiB
  double gpu_memory_peak_mb = 0;
  Json clocks = nullptr;          ///< GPU clocks and throttle reasons around the loop; null on a CPU
  Json details = Json::object();  ///< Backend::details()
};

/// What a request of a mode with a KV cache keeps.
CacheShape cache_of(const MeasureRequest& request);

/// Every shape that a request calls forward() with, in order, as the mode's descriptor has it.
std::vector<Shape> shapes_of(const MeasureRequest& request);

}  // namespace inferscale::protocol
