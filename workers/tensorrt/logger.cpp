#include "logger.hpp"

#include <cstdio>

#include "message_outcome.hpp"

namespace inferscale::tensorrt {
namespace {

constexpr std::size_t kMostKept = 32;

}  // namespace

void Logger::log(Severity severity, const char* message) noexcept {
  if (severity > Severity::kWARNING) {
    return;
  }
  std::fputs("TensorRT: ", stderr);
  std::fputs(message, stderr);
  std::fputc('\n', stderr);
  if (severity > Severity::kERROR) {
    return;
  }
  try {
    const std::scoped_lock guard(mutex_);
    if (kept_.size() < kMostKept) {
      kept_.emplace_back(message);
    }
  } catch (const std::exception&) {  // no memory for the message: it went to stderr
    return;
  }
}

void Logger::begin() {
  const std::scoped_lock guard(mutex_);
  kept_.clear();
}

bool Logger::has_errors() {
  const std::scoped_lock guard(mutex_);
  return !kept_.empty();
}

Error Logger::error(std::string_view what, Outcome otherwise) {
  const std::scoped_lock guard(mutex_);
  return error_of_messages(what, kept_, otherwise);
}

Logger& logger() {
  static Logger instance;
  return instance;
}

}  // namespace inferscale::tensorrt
