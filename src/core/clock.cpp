#include "core/clock.hpp"

#include <fmt/chrono.h>

#include <ctime>

namespace inferscale {

std::string utc_timestamp() {
  const auto now = std::chrono::system_clock::now();
  const auto since_epoch = now.time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     milliseconds);
}

std::optional<double> utc_seconds(std::string_view timestamp) {
  std::tm time{};
  const std::string text(timestamp);
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
  if (rest == nullptr || !text.ends_with('Z')) {
    return std::nullopt;
  }
  return static_cast<double>(::timegm(&time));
}

}  // namespace inferscale
