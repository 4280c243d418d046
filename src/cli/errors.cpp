#include "cli/commands.hpp"
#include "core/interrupt.hpp"
#include "core/log.hpp"
#include "core/plain_text.hpp"

namespace inferscale::cli {

int report_error(const Error& error) {
  // One line: messages of runtimes may hold newlines, and whoever reads a log greps for "inferscale: ".
  std::string message = plain_text(error.message);
  for (char& c : message) {
    if (c == '\n') {
      c = ' ';
    }
  }
  write_stderr(fmt::format("inferscale: {}\n", message));
  return error.usage ? 2 : 1;
}

int report_interrupted(std::string_view what_is_kept) {
  write_stderr(fmt::format("inferscale: interrupted; {}\n", what_is_kept));
  return 128 + InterruptGuard::signal();
}

}  // namespace inferscale::cli
