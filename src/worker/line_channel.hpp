#pragma once

#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/files.hpp"

namespace inferscale::worker {

/// The worker's end of the protocol. Takes stdout for itself: file descriptor 1 then leads to stderr.
class LineChannel {
 public:
  static Result<LineChannel> open();
  /// Over given descriptors (tests).
  LineChannel(int in, FileDescriptor out) : in_(in), out_(std::move(out)) {}

  /// The next line without its newline; none at the end of the input.
  Result<std::optional<std::string>> read();
  Result<void> write(std::string line);

 private:
  int in_;
  FileDescriptor out_;
  std::string buffer_;
};

}  // namespace inferscale::worker
