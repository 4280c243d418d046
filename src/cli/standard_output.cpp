#include "cli/standard_output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "cli/commands.hpp"
#include "core/files.hpp"

namespace inferscale::cli {

void hold_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
      // The lowest free number is this one. Opened the wrong way round, so that its use is an error.
      ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

Result<void> flush_stdout() {
  const bool failed_before = std::ferror(stdout) != 0;
  if (std::fflush(stdout) != 0) {
    const int error_number = errno;
    std::clearerr(stdout);
    return fail("cannot write to stdout: {}", errno_message(error_number));
  }
  if (failed_before) {  // errno may be of anything since
    std::clearerr(stdout);
    return fail("cannot write to stdout");
  }
  return {};
}

int checked_stdout(int exit_code) {
  if (const auto flushed = flush_stdout(); !flushed) {
    const int failed = report_error(flushed.error());
    return exit_code == 0 ? failed : exit_code;
  }
  return exit_code;
}

}  // namespace inferscale::cli
