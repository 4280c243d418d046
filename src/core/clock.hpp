#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace inferscale {

using Clock = std::chrono::steady_clock;

inline double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}
inline double seconds_since(Clock::time_point from) {
  return seconds_between(from, Clock::now());
}

inline Clock::duration duration_of(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}
/// The deadline of what begins now.
inline Clock::time_point deadline_in(double seconds) {
  return Clock::now() + duration_of(seconds);
}

/// UTC, ISO 8601 with milliseconds: "2026-11-24T00:14:05.123Z".
std::string utc_timestamp();
/// Whole seconds since 1970 of such a text; nothing for any other.
std::optional<double> utc_seconds(std::string_view timestamp);

}  // namespace inferscale
