#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace inferscale {

enum class LogLevel { quiet, info, debug };

/// Progress and logs go to stderr, results to stdout; so a pipe sees results only.
void set_log_level(LogLevel level);
/// Control characters become '?' (plain_text).
void log_line(LogLevel level, std::string_view text);
/// Text as it is. Where stderr cannot take it (closed, or a file on a full disk) it is lost: no log is worth
/// the work.
void write_stderr(std::string_view text);

template <class... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::debug, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace inferscale
