#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/logits_scope.hpp"

namespace inferscale {

/// A rectangular batch of token ids.
struct Shape {
  int batch = 1;
  int length = 1;  ///< tokens a sequence
  friend bool operator==(const Shape&, const Shape&) = default;
};

/// Shapes that a built engine takes, batch and length each from `min` to `max`, fastest at `opt`.
struct ShapeProfile {
  std::string name;  ///< "single_short"
  Shape min, opt, max;
  friend bool operator==(const ShapeProfile&, const ShapeProfile&) = default;
};

/// Token ids, row-major [batch, length], int32.
struct TokenBatch {
  std::span<const std::int32_t> ids;
  Shape shape;
};

enum class ElementType { f32, f16, bf16 };

/// Logits in host memory, row-major [batch, positions, vocabulary]; owned by the backend and valid until its
/// next call. `positions` is the sequence length (LogitsScope::all) or 1 (last).
struct LogitsView {
  const void* data = nullptr;
  ElementType element = ElementType::f32;
  int batch = 0;
  int positions = 0;
  int vocabulary = 0;
};

/// An inner tensor of a graph that was exported with it as an output; valid until the backend's next call.
struct ActivationView {
  std::string name;
  std::span<const float> values;
};

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

/// What to load. The same thread count and CPU set for every backend of a study.
struct LoadRequest {
  std::string backend;
  std::filesystem::path artifact;  ///< the ONNX graph (or engine); empty for artifact "none"
  std::filesystem::path weights;   ///< model.safetensors of the same model
  LogitsScope logits = LogitsScope::all;
  int threads = 1;
  std::vector<int> cpus;  ///< CPUs to run on, one a thread; the worker loop has pinned the process to them
  int vocabulary = 0;     ///< of the model; the output's last dimension must equal it
  int max_positions = 0;
  /// The model's whole configuration, as model/config.hpp writes it: for a runtime that builds the model
  /// itself. Null when the caller did not say.
  Json model = nullptr;
  std::uint64_t seed = 0;
  /// That will be measured: the worker prepares them at once, so that this is not done where one is timed.
  std::vector<Shape> shapes;
  Json options = Json::object();  ///< the plan's options for this backend, passed through as they are
};

/// An engine to be built from a graph, ahead of any load.
struct BuildRequest {
  std::string backend;
  std::filesystem::path graph;         ///< ONNX, at the backend's graph_precision
  std::filesystem::path engine;        ///< to be written, whole or not at all
  std::filesystem::path timing_cache;  ///< kept from build to build, shared by all engines; empty: none
  /// For a runtime that calibrates by itself: samples of token ids, and what it found, kept from build to
  /// build. Empty when the options do not ask for it.
  std::filesystem::path calibration_samples, calibration_cache;
  std::vector<ShapeProfile> profiles;  ///< every shape that load's forward() will see fits one
  int vocabulary = 0;
  Json options = Json::object();  ///< the plan's options for this backend
};

/// A runtime, as the measuring code sees it (LoadGen's SystemUnderTest). One instance serves one load.
/// `forward` is the timed region: copy ids to the device, run, copy the logits back to host memory.
/// Errors carry the outcome that the row will have (unsupported, load_failed, out_of_memory, ...).
class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  [[nodiscard]] virtual WorkerInfo describe() const = 0;
  /// Makes the file that load() takes, for backends of artifact "engine". Returns how it went, for people:
  /// the fields of docs/artifacts.md. Needs no load().
  virtual Result<Json> build(const BuildRequest& request) {
    return fail_as(Outcome::unsupported, "backend '{}' builds no engines", request.backend);
  }
  virtual Result<void> load(const LoadRequest& request) = 0;
  /// Every shape that forward() will be called with: allocate, bind, capture. Not timed; called again for new
  /// ones.
  virtual Result<void> prepare(std::span<const Shape> shapes) = 0;
  virtual Result<LogitsView> forward(const TokenBatch& tokens) = 0;
  /// The same for the next forward() alone, which is of this shape. For a backend that prepares at length
  /// what it then runs often: a corpus has many shapes, each a few times.
  virtual Result<void> prepare_once(const Shape& shape) { return prepare({&shape, 1}); }
  /// For calibration: the outputs beside the logits, after one pass. Any shape, not timed; needs no
  /// prepare().
  virtual Result<std::vector<ActivationView>> activations(const TokenBatch& tokens) {
    static_cast<void>(tokens);
    return fail_as(Outcome::unsupported, "this worker does not show activations");
  }

  /// What a reader of the row should know of how the model was loaded or is run: an object whose fields the
  /// worker chooses ("nodes_on_cpu": 3). Asked after load() and again after a measurement.
  [[nodiscard]] virtual Json details() const { return Json::object(); }
};

}  // namespace inferscale
