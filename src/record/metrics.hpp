#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "protocol/modes/descriptor.hpp"
#include "protocol/modes/mode.hpp"
#include "record/row.hpp"

// Named figures of a repetition, each declared once: analysis ranks backends by one of them, and result files
// have them by name. A new one is one line of kMetrics.

namespace inferscale::record {

enum class Direction { higher, lower };

/// Of its timed loop on the GPU; 0 where it was too short for the counter, or has none.
double energy_mj_per_token(const Row& row);

/// From the order to load to the first token; 0 of modes without one.
inline double cold_start_ms(const Row& row) {
  return row.time_to_first_token_ms > 0 ? 1000 * row.load_s + row.time_to_first_token_ms : 0;
}

/// A figure above 0 of a repetition whose outcome is ok.
struct Metric {
  std::string_view name;  ///< of --metric, plans and result files
  std::string_view unit;  ///< as people read it
  Direction better;
  std::string_view words;        ///< of sentences: "median latency"
  std::string_view superlative;  ///< of the best backend, after its name: "is fastest"
  std::string_view comparative;  ///< between a factor and another backend: "times as fast as"
  double (*of)(const Row& row);  ///< 0: the row has none
  /// The price of an hour is spread over `of`, tokens a second, in millions: the figure is a price.
  bool priced = false;
  /// The field of a row that it is of, where only some modes have it.
  std::optional<protocol::ModeField> field = std::nullopt;
};

inline constexpr std::array kMetrics{
    Metric{"throughput_tok_s", "tok/s", Direction::higher, "throughput", "is fastest", "times as fast as",
           [](const Row& row) { return row.throughput_tok_s; }},
    Metric{"latency_ms", "ms", Direction::lower, "latency", "is fastest", "times as fast as",
           [](const Row& row) { return row.latency_ms.mean; }},
    Metric{"latency_p50_ms", "ms", Direction::lower, "median latency", "is fastest", "times as fast as",
           [](const Row& row) { return row.latency_ms.median; }},
    Metric{"latency_p90_ms", "ms", Direction::lower, "90th percentile of latency", "is fastest",
           "times as fast as", [](const Row& row) { return row.latency_ms.p90; }},
    Metric{"latency_p99_ms", "ms", Direction::lower, "99th percentile of latency", "is fastest",
           "times as fast as", [](const Row& row) { return row.latency_ms.p99; }},
    Metric{"new_tok_s", "tok/s", Direction::higher, "new tokens a second", "is fastest", "times as fast as",
           [](const Row& row) { return row.new_tok_s; }, false, protocol::ModeField::new_tok_s},
    Metric{"time_to_first_token_ms", "ms", Direction::lower, "time to the first token", "is fastest",
           "times as fast as", [](const Row& row) { return row.time_to_first_token_ms; }, false,
           protocol::ModeField::time_to_first_token_ms},
    Metric{
        "time_per_output_token_ms", "ms", Direction::lower, "time per output token", "is fastest",
        "times as fast as",
        [](const Row& row) { return row.time_per_output_token_ms ? row.time_per_output_token_ms->mean : 0; },
        false, protocol::ModeField::time_per_output_token_ms},
    Metric{"time_per_output_token_p50_ms", "ms", Direction::lower, "median time per output token",
           "is fastest", "times as fast as",
           [](const Row& row) {
             return row.time_per_output_token_ms ? row.time_per_output_token_ms->median : 0;
           },
           false, protocol::ModeField::time_per_output_token_ms},
    Metric{
        "time_per_output_token_p90_ms", "ms", Direction::lower, "90th percentile of time per output token",
        "is fastest", "times as fast as",
        [](const Row& row) { return row.time_per_output_token_ms ? row.time_per_output_token_ms->p90 : 0; },
        false, protocol::ModeField::time_per_output_token_ms},
    Metric{
        "time_per_output_token_p99_ms", "ms", Direction::lower, "99th percentile of time per output token",
        "is fastest", "times as fast as",
        [](const Row& row) { return row.time_per_output_token_ms ? row.time_per_output_token_ms->p99 : 0; },
        false, protocol::ModeField::time_per_output_token_ms},
    Metric{"kv_bytes_per_token", "bytes", Direction::lower, "KV cache a token", "has the smallest KV cache",
           "times as frugal as", [](const Row& row) { return static_cast<double>(row.kv_bytes_per_token); },
           false, protocol::ModeField::time_to_first_token_ms},
    Metric{"load_s", "s", Direction::lower, "load time", "loads fastest", "times as fast to load as",
           [](const Row& row) { return row.load_s; }},
    Metric{"cold_start_ms", "ms", Direction::lower, "load and first token", "starts fastest",
           "times as fast to start as", [](const Row& row) { return cold_start_ms(row); }, false,
           protocol::ModeField::time_to_first_token_ms},
    Metric{"memory_peak_mb", "MiB", Direction::lower, "peak of host memory", "needs the least host memory",
           "times as frugal as", [](const Row& row) { return row.memory_peak_mb; }},
    Metric{"gpu_memory_peak_mb", "MiB", Direction::lower, "peak of GPU memory", "needs the least GPU memory",
           "times as frugal as", [](const Row& row) { return row.gpu_memory_peak_mb; }},
    Metric{"energy_mj_per_token", "mJ/token", Direction::lower, "energy a token", "needs the least energy",
           "times as frugal as", [](const Row& row) { return energy_mj_per_token(row); }},
    Metric{"price_per_million_tokens", "a million tokens", Direction::lower, "price of a million tokens",
           "is cheapest", "times as cheap as", [](const Row& row) { return row.throughput_tok_s; }, true},
};
inline constexpr std::size_t kMetricCount = kMetrics.size();

/// One that code names. Not for names that users give.
consteval const Metric& metric_called(std::string_view name) {
  std::size_t number = 0;
  while (kMetrics[number].name != name) {
    ++number;  // past the end: does not compile
  }
  return kMetrics[number];
}
inline constexpr const Metric& kThroughput = metric_called("throughput_tok_s");
inline constexpr const Metric& kLatency = metric_called("latency_ms");
inline constexpr const Metric& kEnergy = metric_called("energy_mj_per_token");
inline constexpr const Metric& kPrice = metric_called("price_per_million_tokens");

/// Its place in kMetrics.
inline std::size_t number_of(const Metric& metric) {
  return static_cast<std::size_t>(&metric - kMetrics.data());
}

/// How many times as good `first` is as `second`: above 1 it is better, whichever direction is.
inline double advantage(const Metric& metric, double first, double second) {
  return metric.better == Direction::higher ? first / second : second / first;
}

/// nullptr for a name that no metric has.
const Metric* find_metric(std::string_view name);
/// The usage error names `option` and the metrics there are.
Result<const Metric*> parse_metric(std::string_view name, std::string_view option);
/// "throughput_tok_s, latency_ms or ...", for errors and help.
std::string metric_names();
/// Whether rows of the mode may have the metric.
bool has_metric(protocol::Mode mode, const Metric& metric);
/// The one that ranks backends in a mode unless another is asked for.
const Metric& ranking_metric(protocol::Mode mode);

}  // namespace inferscale::record
