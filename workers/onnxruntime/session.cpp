#include "session.hpp"

#include <onnxruntime_session_options_config_keys.h>

#include <string>

#include "option_keys.hpp"

namespace inferscale::onnxruntime {
namespace {

/// "3;4" for the threads beside the calling one: ONNX Runtime counts processors from 1.
std::string pool_affinities(const std::vector<int>& cpus, int threads) {
  std::string text;
  for (int thread = 1; thread < threads; ++thread) {
    text += (text.empty() ? "" : ";") + std::to_string(cpus[static_cast<std::size_t>(thread)] + 1);
  }
  return text;
}

}  // namespace

Ort::Env& ort_environment() {
  static Ort::Env environment(ORT_LOGGING_LEVEL_ERROR, "inferscale");
  return environment;
}

Ort::Session open_cpu_session(const protocol::LoadRequest& request) {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(request.threads);
  options.SetInterOpNumThreads(1);
  options.SetExecutionMode(ExecutionMode::ORT_SEQUENTIAL);
  options.SetGraphOptimizationLevel(GraphOptimizationLevel::ORT_ENABLE_ALL);
  if (request.threads > 1 && request.cpus.size() >= static_cast<std::size_t>(request.threads)) {
    options.AddConfigEntry(kOrtSessionOptionsConfigIntraOpThreadAffinities,
                           pool_affinities(request.cpus, request.threads).c_str());
  }
  for (const auto& [key, value] : request.options.items()) {  // the plan's session.* entries, as they are
    check_session_key(key);
    options.AddConfigEntry(key.c_str(),
                           (value.is_string() ? value.get<std::string>() : value.dump()).c_str());
  }
  return {ort_environment(), request.artifact.c_str(), options};
}

}  // namespace inferscale::onnxruntime
