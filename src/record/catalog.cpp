#include "record/catalog.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/needs.hpp"

namespace inferscale::record {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kHowToGet{{
    {"onnxruntime",
     "run scripts/setup (or give cmake -DONNXRUNTIME_ROOT=FOLDER of a release) and build again"},
    {"openvino",
     "run scripts/setup (or give cmake -DOpenVINO_DIR=FOLDER with OpenVINOConfig.cmake) and build again"},
    {"null", "build the target inferscale-worker-null"},
    {"tensorrt", "build with -DTENSORRT_ROOT=FOLDER of the TensorRT SDK (docs/how-to/gpu.md)"},
    {"transformers",
     "build the target inferscale-worker-transformers, and have a python3 with torch and transformers first "
     "on "
     "PATH"},
}};

}  // namespace

const std::vector<KnownBackend>& known_backends() {
  static const std::vector<KnownBackend> backends{
      {"onnxruntime", {"onnxruntime-cpu", "cpu", "fp32", "onnx", "fp32", ""}},
      {"onnxruntime", {"onnxruntime-cpu-fp16", "cpu", "fp16", "onnx", "fp16", ""}},
      {"onnxruntime", {"onnxruntime-cpu-int8", "cpu", "int8", "onnx", "int8", ""}},
      {"onnxruntime", {"onnxruntime-cpu-int4", "cpu", "int4", "onnx", "int4", ""}},
      {"openvino", {"openvino-cpu", "cpu", "fp32", "onnx", "fp32", ""}},
      {"openvino", {"openvino-cpu-bf16", "cpu", "bf16", "onnx", "fp32", ""}},
      {"openvino", {"openvino-cpu-fp16", "cpu", "fp16", "onnx", "fp16", ""}},
      {"openvino", {"openvino-cpu-int8", "cpu", "int8", "onnx", "int8", ""}},
      {"openvino", {"openvino-cpu-int4", "cpu", "int4", "onnx", "int4", ""}},
      {"transformers", {"transformers-cpu", "cpu", "fp32", "safetensors", "fp32", ""}},
      {"transformers", {"transformers-cpu-bf16", "cpu", "bf16", "safetensors", "fp32", ""}},
      {"transformers", {"transformers-gpu-eager", "cuda", "fp32", "safetensors", "fp32", ""}},
      {"transformers", {"transformers-gpu-eager-fp16", "cuda", "fp16", "safetensors", "fp32", ""}},
      {"transformers", {"transformers-gpu-eager-bf16", "cuda", "bf16", "safetensors", "fp32", ""}},
      {"transformers", {"transformers-gpu-compile", "cuda", "fp32", "safetensors", "fp32", ""}},
      {"transformers", {"transformers-gpu-compile-fp16", "cuda", "fp16", "safetensors", "fp32", ""}},
      {"transformers", {"transformers-gpu-compile-bf16", "cuda", "bf16", "safetensors", "fp32", ""}},
      {"onnxruntime", {"onnxruntime-gpu", "cuda", "fp32", "onnx", "fp32", ""}},
      {"onnxruntime", {"onnxruntime-gpu-fp16", "cuda", "fp16", "onnx", "fp16", ""}},
      {"onnxruntime", {"onnxruntime-gpu-bf16", "cuda", "bf16", "onnx", "bf16", ""}},
      {"tensorrt", {"tensorrt-fp32", "cuda", "fp32", "engine", "fp32", ""}},
      {"tensorrt", {"tensorrt-tf32", "cuda", "tf32", "engine", "fp32", ""}},
      {"tensorrt", {"tensorrt-fp16", "cuda", "fp16", "engine", "fp16", ""}},
      {"tensorrt", {"tensorrt-bf16", "cuda", "bf16", "engine", "fp32", ""}},
      {"tensorrt", {"tensorrt-int8", "cuda", "int8", "engine", "int8", ""}},
      {"null", {"null-cpu", "cpu", "fp32", "none", "fp32", ""}},
  };
  return backends;
}

const KnownBackend* find_known_backend(std::string_view name) {
  const auto& known = known_backends();
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](const KnownBackend& one) { return one.info.name == name; });
  return found == known.end() ? nullptr : &*found;
}

bool computes_nothing(std::string_view backend) {
  const KnownBackend* known = find_known_backend(backend);
  return known != nullptr && !protocol::loads_a_file(known->info);
}

std::string_view how_to_get_worker(std::string_view worker) {
  for (const auto& [name, how] : kHowToGet) {
    if (name == worker) {
      return how;
    }
  }
  return {};
}

std::string_view opened_library(std::string_view worker) {
  return worker == "onnxruntime" ? "libonnxruntime.so" : "";
}

}  // namespace inferscale::record
