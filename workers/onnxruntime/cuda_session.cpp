#include "cuda_session.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gpu_options.hpp"
#include "option_keys.hpp"

namespace inferscale::onnxruntime {
namespace {

/// The log's messages: about placement to the one who gathers them, errors to stderr.
void ORT_API_CALL take_message(void* placement, OrtLoggingLevel severity, const char* /*category*/,
                               const char* /*id*/, const char* /*location*/, const char* message) {
  static_cast<Placement*>(placement)->read(message);
  if (severity >= ORT_LOGGING_LEVEL_ERROR) {
    fmt::print(stderr, "{}\n", message);
  }
}

struct ReleaseOptions {
  void operator()(OrtCUDAProviderOptionsV2* options) const {
    Ort::GetApi().ReleaseCUDAProviderOptions(options);
  }
};
using ProviderOptions = std::unique_ptr<OrtCUDAProviderOptionsV2, ReleaseOptions>;

ProviderOptions provider_options(const protocol::LoadRequest& request, void* stream, bool capture) {
  const auto& api = Ort::GetApi();
  OrtCUDAProviderOptionsV2* made = nullptr;
  Ort::ThrowOnError(api.CreateCUDAProviderOptions(&made));
  ProviderOptions options(made);
  const OptionTexts chosen = cuda_provider_options(request, capture);
  // All in one call: each call sets those that it does not name back to their defaults (TF32 on).
  std::vector<const char*> keys;
  std::vector<const char*> values;
  for (const auto& [key, value] : chosen) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  Ort::ThrowOnError(api.UpdateCUDAProviderOptions(options.get(), keys.data(), values.data(), keys.size()));
  Ort::ThrowOnError(api.UpdateCUDAProviderOptionsWithValue(options.get(), "user_compute_stream", stream));
  return options;
}

Ort::Session open(Ort::Env& environment, const protocol::LoadRequest& request, bool half, void* stream,
                  bool capture) {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(request.threads);
  options.SetInterOpNumThreads(1);
  options.SetExecutionMode(ExecutionMode::ORT_SEQUENTIAL);
  options.SetGraphOptimizationLevel(GraphOptimizationLevel::ORT_ENABLE_ALL);
  options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_VERBOSE);  // where placement is told
  for (const auto& [key, value] : cuda_session_options(request, half)) {
    check_session_key(key);
    options.AddConfigEntry(key.c_str(), value.c_str());
  }
  const auto provider = provider_options(request, stream, capture);
  options.AppendExecutionProvider_CUDA_V2(*provider);
  return {environment, request.artifact.c_str(), options};
}

bool is_about_capture(std::string_view message) {
  return message.find("graph capture") != std::string_view::npos ||
         message.find("CUDA Graph") != std::string_view::npos;
}

}  // namespace

CudaSession open_cuda_session(const protocol::LoadRequest& request, bool half, void* stream) {
  static Placement placement;  // the environment keeps its address until the process ends
  static Ort::Env environment(ORT_LOGGING_LEVEL_ERROR, "inferscale", take_message, &placement);
  placement = Placement();
  CudaSession opened;
  if (cuda_provider_options(request, true).at("enable_cuda_graph") == "0") {
    opened.session = open(environment, request, half, stream, false);
    opened.no_capture_because = "the plan's options say so";
    opened.placement = placement;
    return opened;
  }
  try {
    opened.session = open(environment, request, half, stream, true);
    opened.captures = true;
  } catch (const Ort::Exception& e) {
    if (!is_about_capture(e.what())) {
      throw;
    }
    placement = Placement();
    opened.session = open(environment, request, half, stream, false);
    opened.no_capture_because = e.what();
  }
  opened.placement = placement;
  return opened;
}

}  // namespace inferscale::onnxruntime
