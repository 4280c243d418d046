#include "core/direct_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace inferscale {
namespace {

bool passes_by(int fd) {
  return (::fcntl(fd, F_GETFL) & O_DIRECT) != 0;
}

/// Where the file system cannot, the flag stays as it is.
void set_passes_by(int fd, bool wanted) {
  const int flags = ::fcntl(fd, F_GETFL);
  ::fcntl(fd, F_SETFL, wanted ? flags | O_DIRECT : flags & ~O_DIRECT);
}

}  // namespace

std::error_code write_at(int fd, std::uint64_t position, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(position));
    if (put >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(put));
      position += static_cast<std::uint64_t>(put);
    } else if (errno == EINVAL && passes_by(fd)) {
      set_passes_by(fd, false);
    } else if (errno != EINTR) {
      return {errno, std::generic_category()};
    }
  }
  return {};
}

std::error_code DirectWriter::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (!filling_) {
      filling_.reset(static_cast<std::byte*>(::operator new(kBufferBytes, kAlignment)));
    }
    const auto part = bytes.first(std::min(bytes.size(), kBufferBytes - filled_));
    std::memcpy(filling_.get() + filled_, part.data(), part.size());
    filled_ += part.size();
    bytes = bytes.subspan(part.size());
    if (filled_ == kBufferBytes) {
      if (const auto error = hand_over()) {
        return error;
      }
    }
  }
  return {};
}

std::error_code DirectWriter::hand_over() {
  if (const auto error = wait()) {
    return error;
  }
  if (handed_over_ == 0) {  // not for a small file, whose bytes fill no buffer
    set_passes_by(fd_, true);
  }
  std::swap(filling_, leaving_);
  filled_ = 0;
  const std::span<const std::byte> bytes(leaving_.get(), kBufferBytes);
  const std::uint64_t position = std::exchange(handed_over_, handed_over_ + kBufferBytes);
  left_ = std::async(std::launch::async | std::launch::deferred,
                     [fd = fd_, position, bytes] { return write_at(fd, position, bytes); });
  return {};
}

std::error_code DirectWriter::wait() {
  return left_.valid() ? left_.get() : std::error_code();
}

std::error_code DirectWriter::finish() {
  if (const auto error = wait()) {
    return error;
  }
  set_passes_by(fd_, false);  // for the rest, whose length the disk does not take
  return write_at(fd_, handed_over_, {filling_.get(), std::exchange(filled_, 0)});
}

}  // namespace inferscale
