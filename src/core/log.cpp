#include "core/log.hpp"

#include <atomic>
#include <cstdio>

#include "core/plain_text.hpp"

namespace inferscale {
namespace {
std::atomic<LogLevel> current_level{LogLevel::info};
}

void set_log_level(LogLevel level) {
  current_level = level;
}

void log_line(LogLevel level, std::string_view text) {
  if (level <= current_level.load()) {
    // One call a line, so that lines of several processes do not mix.
    write_stderr(fmt::format("{}\n", plain_text(text)));
  }
}

void write_stderr(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace inferscale
