#include "protocol/latency_check.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace inferscale::protocol {
namespace {

constexpr double kShortestMs = 1e-6;  // a nanosecond
constexpr double kRounding = 1 + 1e-9;

/// In rising order, but for rounding.
std::optional<std::string> order_contradiction(const LatencySummary& latency) {
  const std::array rising{latency.min, latency.median, latency.p90, latency.p99, latency.max};
  for (std::size_t i = 1; i < rising.size(); ++i) {
    if (rising[i - 1] > rising[i] * kRounding) {
      return fmt::format(
          "latencies came back that contradict each other: min {}, median {}, p90 {}, p99 {}, max {} ms",
          latency.min, latency.median, latency.p90, latency.p99, latency.max);
    }
  }
  if (latency.sd > (latency.max - latency.min) * kRounding) {
    return fmt::format("a standard deviation of {} ms came back with {} to {} ms", latency.sd, latency.min,
                       latency.max);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> latency_contradiction(const LatencySummary& latency) {
  for (const double value :
       {latency.mean, latency.median, latency.p90, latency.p99, latency.min, latency.max, latency.sd}) {
    if (!std::isfinite(value) || value < 0) {
      return fmt::format("a latency of {} ms came back", value);
    }
  }
  if (latency.mean < kShortestMs || latency.mean > kLongestMs) {
    return fmt::format("a mean latency of {} ms came back, which no clock can have given", latency.mean);
  }
  if (latency.mean * kRounding < latency.min || latency.mean > latency.max * kRounding) {
    return fmt::format("a mean latency of {} ms came back with {} to {} ms", latency.mean, latency.min,
                       latency.max);
  }
  return order_contradiction(latency);
}

}  // namespace inferscale::protocol
