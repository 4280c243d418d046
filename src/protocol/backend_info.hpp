#pragma once

#include <string>
#include <vector>

namespace inferscale::protocol {

/// One backend that a worker serves.
struct BackendInfo {
  std::string name;       ///< "onnxruntime-cpu"
  std::string device;     ///< "cpu" or "cuda"
  std::string precision;  ///< "fp32", "tf32", "fp16", "bf16", "int8"
  /// What it loads: "onnx" (a graph exported at `graph_precision`), "engine" (what its own build() made of
  /// such a graph), "safetensors" or "none".
  std::string artifact = "onnx";
  std::string graph_precision = "fp32";
  /// Empty when it can run here; else why not ("this processor has no bf16").
  std::string unavailable_because;
  /// Of "engine": what an engine depends on beside the graph and the request, so that another one is built
  /// when it changes ("TensorRT 10.6.0, NVIDIA H200, sm_90").
  std::string artifact_key = {};
  /// Of graph_precision "int8": bits of the weights with which the runtime multiplies exactly on this
  /// processor, and fastest: 8, or 7 where pairs of products are added in 16 bits that saturate.
  int weight_bits = 8;
};

struct WorkerInfo {
  std::string worker;           ///< "onnxruntime"
  std::string runtime;          ///< "ONNX Runtime"
  std::string runtime_version;  ///< "1.32.0"
  std::vector<BackendInfo> backends;
};

}  // namespace inferscale::protocol
