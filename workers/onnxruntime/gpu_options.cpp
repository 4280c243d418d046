#include "gpu_options.hpp"

#include <string_view>

namespace inferscale::onnxruntime {
namespace {

constexpr std::string_view kProviderPrefix = "cuda.";
constexpr const char* kLeftOut = "optimization.disable_specified_optimizers";

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// The caller need not have said what the model is.
bool odd_mlp(const Json& model) {
  const auto inner = model.is_object() ? model.value("inner", Json(0)) : Json(0);
  return inner.is_number_integer() && inner.get<int>() % 2 != 0;
}

}  // namespace

OptionTexts cuda_provider_options(const protocol::LoadRequest& request, bool capture) {
  OptionTexts options{{"device_id", "0"}, {"use_tf32", "0"}, {"enable_cuda_graph", capture ? "1" : "0"}};
  for (const auto& [key, value] : request.options.items()) {
    if (key.starts_with(kProviderPrefix)) {
      options[key.substr(kProviderPrefix.size())] = text_of(value);
    }
  }
  return options;
}

OptionTexts cuda_session_options(const protocol::LoadRequest& request, bool half) {
  OptionTexts options;
  for (const auto& [key, value] : request.options.items()) {
    if (!key.starts_with(kProviderPrefix)) {
      options[key] = text_of(value);
    }
  }
  if (half && odd_mlp(request.model)) {
    std::string& left_out = options[kLeftOut];
    left_out += left_out.empty() ? "FastGeluFusion" : ";FastGeluFusion";
  }
  return options;
}

}  // namespace inferscale::onnxruntime
