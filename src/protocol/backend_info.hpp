#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/precision.hpp"

namespace inferscale::protocol {

/// One thing that a backend must be given.
struct Need {
  std::string format;          ///< "none", "safetensors", "onnx", "engine", or one that only others know
  std::string dialect = {};    ///< of a graph: "fused", or "portable", or empty for that
  std::string precision = {};  ///< of a graph, or of the graph that an engine is built from
  std::string from = {};    ///< of a format that the worker builds itself: the format that it is built from
  std::string logits = {};  ///< type of a graph's logits where it is not fp32: "fp16"
  std::string mode = {};    ///< the one mode that it is for; empty: all that no need names

  bool operator==(const Need&) const = default;
};

/// One backend that a worker serves. A worker that leaves needs, quantization_forms, family and
/// precision_facts out is understood by needs.hpp.
struct BackendInfo {
  std::string name;    ///< "onnxruntime-cpu"
  std::string device;  ///< "cpu" or "cuda"
  std::string
      precision;  ///< "fp32", "tf32", "fp16", "bf16", "int8", or one that only precision_facts explain
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
  std::vector<Need> needs = {};  ///< the first of a mode is what load's `artifact` names
  /// Of an int8 graph: the forms that the runtime has kernels for, the one it runs fastest first.
  std::vector<std::string> quantization_forms = {};
  /// What its other precisions have too: backends of one family are compared precision by precision, and
  /// their engines lie in its folder.
  std::string family = {};
  std::optional<PrecisionFacts> precision_facts = {};
  /// What else it runs on, version by name: {"Python": "3.11.7"}. For people: nothing is decided by it.
  std::map<std::string, std::string> libraries = {};
};

struct WorkerInfo {
  std::string worker;           ///< "onnxruntime"
  std::string runtime;          ///< "ONNX Runtime"
  std::string runtime_version;  ///< "1.32.0"
  std::vector<BackendInfo> backends;
};

}  // namespace inferscale::protocol
