#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"
#include "protocol/backend_info.hpp"
#include "protocol/requests.hpp"
#include "protocol/shape.hpp"

namespace inferscale::measure {

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

/// A runtime in a worker, as the measuring code sees it (LoadGen's SystemUnderTest). One instance serves one
/// load. What it can be asked for follows from the interfaces below that it implements: a worker inherits
/// from Backend and from each of them that it has, and hello's `can` lists them (capabilities.hpp).
/// Errors carry the outcome that the row will have (unsupported, load_failed, out_of_memory, ...).
class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  [[nodiscard]] virtual protocol::WorkerInfo describe() const = 0;
  virtual Result<void> load(const protocol::LoadRequest& request) = 0;
  /// What a reader of the row should know of how the model was loaded or is run: an object whose fields the
  /// worker chooses ("nodes_on_cpu": 3). Asked after load() and again after a measurement.
  [[nodiscard]] virtual Json details() const { return Json::object(); }
};

/// Passes over whole sequences: what the modes without a KV cache, scores and logits are made of.
class Forward {
 public:
  /// Every shape that forward() will be called with: allocate, bind, capture. Not timed; called again for new
  /// ones.
  virtual Result<void> prepare(std::span<const protocol::Shape> shapes) = 0;
  /// The timed region: copy ids to the device, run, copy the logits back to host memory.
  virtual Result<LogitsView> forward(const protocol::TokenBatch& tokens) = 0;
  /// prepare() for the next forward() alone, which is of this shape. For a backend that prepares at length
  /// what it then runs often: a corpus has many shapes, each a few times.
  virtual Result<void> prepare_once(const protocol::Shape& shape) { return prepare({&shape, 1}); }

 protected:
  ~Forward() = default;
};

/// Shows the inner tensors of a graph, for calibration.
class Activations {
 public:
  /// The outputs beside the logits, after one pass. Any shape, not timed; needs no prepare().
  virtual Result<std::vector<ActivationView>> activations(const protocol::TokenBatch& tokens) = 0;

 protected:
  ~Activations() = default;
};

/// Makes the files that its backends of format "engine" load.
class Builds {
 public:
  /// Makes the file that load() takes. Returns how it went, for people: the fields of
  /// docs/reference/artifacts.md. Needs no load().
  virtual Result<Json> build(const protocol::BuildRequest& request) = 0;
  /// Whether build() takes calibration samples, for a calibrator of the runtime's own.
  [[nodiscard]] virtual bool calibrates() const { return false; }

 protected:
  ~Builds() = default;
};

/// The interface, where the backend has it; else null.
template <class Interface>
Interface* interface_of(Backend& backend) {
  return dynamic_cast<Interface*>(&backend);
}
template <class Interface>
const Interface* interface_of(const Backend& backend) {
  return dynamic_cast<const Interface*>(&backend);
}
template <class Interface>
bool implements(const Backend& backend) {
  return interface_of<Interface>(backend) != nullptr;
}

}  // namespace inferscale::measure
