#include "record/row_contradiction.hpp"

#include <cmath>
#include <utility>

#include "protocol/latency_check.hpp"
#include "protocol/modes/descriptor.hpp"

namespace inferscale::record {
namespace {

bool close(double value, double expected) {
  constexpr double kRounding = 1e-6;
  return std::abs(value - expected) <= kRounding * std::abs(expected);
}

/// The pass over the prompt is a part of an iteration, and steps are too.
std::optional<std::string> wrong_times(const Row& row) {
  if (auto wrong = protocol::latency_contradiction(row.latency_ms)) {
    return wrong;
  }
  const protocol::LatencySummary& latency = row.latency_ms;
  if (row.iterations == 1 && !(close(latency.min, latency.max) && close(latency.mean, latency.max))) {
    return fmt::format("iterations is 1, and its latency is {} to {} ms with a mean of {}", latency.min,
                       latency.max, latency.mean);
  }
  if (row.time_to_first_token_ms > latency.max && !close(row.time_to_first_token_ms, latency.max)) {
    return fmt::format("time_to_first_token_ms is {}, and no iteration took more than {} ms",
                       row.time_to_first_token_ms, latency.max);
  }
  if (!row.time_per_output_token_ms) {
    return std::nullopt;
  }
  const auto wrong = protocol::latency_contradiction(*row.time_per_output_token_ms);
  return wrong ? std::optional("time_per_output_token_ms: " + *wrong) : std::nullopt;
}

std::optional<std::string> negative_figure(const Row& row) {
  for (const auto& [name, value] : {std::pair("load_s", row.load_s),
                                    {"time_to_first_token_ms", row.time_to_first_token_ms},
                                    {"kv_bytes_per_token", static_cast<double>(row.kv_bytes_per_token)},
                                    {"memory_peak_mb", row.memory_peak_mb},
                                    {"gpu_memory_peak_mb", row.gpu_memory_peak_mb}}) {
    if (value < 0) {
      return fmt::format("{} is {}, which is less than nothing", name, value);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> contradiction_in(const Row& row) {
  if (row.outcome != Outcome::ok) {
    return std::nullopt;
  }
  if (auto wrong = wrong_times(row)) {
    return wrong;
  }
  if (auto wrong = negative_figure(row)) {
    return wrong;
  }
  const double seconds = row.latency_ms.mean / 1000;
  const auto tokens = static_cast<double>(protocol::counted_tokens(row.scenario, row.mode, row.new_tokens));
  if (!close(row.throughput_tok_s, tokens / seconds)) {
    return fmt::format("throughput_tok_s is {}, and {} tokens in {} ms are {}", row.throughput_tok_s, tokens,
                       row.latency_ms.mean, tokens / seconds);
  }
  const double new_tokens = static_cast<double>(row.scenario.batch) * row.new_tokens;
  if (row.new_tok_s > 0 && !close(row.new_tok_s, new_tokens / seconds)) {
    return fmt::format("new_tok_s is {}, and {} new tokens in {} ms are {}", row.new_tok_s, new_tokens,
                       row.latency_ms.mean, new_tokens / seconds);
  }
  return std::nullopt;
}

}  // namespace inferscale::record
