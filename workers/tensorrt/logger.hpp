#pragma once

#include <NvInferRuntime.h>

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace inferscale::tensorrt {

/// TensorRT's log: errors and warnings go to stderr, and errors are kept, for they are all that TensorRT
/// tells of why a call returned null.
class Logger final : public nvinfer1::ILogger {
 public:
  void log(Severity severity, const char* message) noexcept override;

  /// Forgets what was kept; call before what may fail.
  void begin();
  /// Since begin(), with warnings of want of memory, which builders hide behind "no implementation".
  [[nodiscard]] bool has_errors();
  /// One error for all that was said since begin().
  [[nodiscard]] Error error(std::string_view what, Outcome otherwise);

 private:
  std::mutex mutex_;  // builders log from several threads
  std::vector<std::string> kept_;
};

/// One a process: TensorRT wants it to outlive all that it made.
Logger& logger();

}  // namespace inferscale::tensorrt
