#include "worker/line_channel.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace inferscale::worker {
namespace {

constexpr std::size_t kMaxLineBytes = 64UL << 20;

}  // namespace

Result<LineChannel> LineChannel::open() {
  FileDescriptor out(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!out.valid() || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    return fail("cannot set stdout aside: {}", errno_message(errno));
  }
  return LineChannel(STDIN_FILENO, std::move(out));
}

Result<std::optional<std::string>> LineChannel::read() {
  std::size_t scanned = 0;
  while (true) {
    if (const auto newline = buffer_.find('\n', scanned); newline != std::string::npos) {
      std::string line = buffer_.substr(0, newline);
      buffer_.erase(0, newline + 1);
      return line;
    }
    scanned = buffer_.size();
    if (scanned > kMaxLineBytes) {
      return fail("a request is longer than {} bytes", kMaxLineBytes);
    }
    std::array<char, 1 << 16> chunk{};
    const ssize_t got = ::read(in_, chunk.data(), chunk.size());
    if (got > 0) {
      buffer_.append(chunk.data(), static_cast<std::size_t>(got));
    } else if (got == 0) {
      return std::nullopt;
    } else if (errno != EINTR) {
      return fail("cannot read a request: {}", errno_message(errno));
    }
  }
}

Result<void> LineChannel::write(std::string line) {
  line += '\n';
  return write_all(out_.get(), line, "a reply");
}

}  // namespace inferscale::worker
