#include "cuda_backend.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <list>
#include <optional>
#include <utility>

#include "cuda_session.hpp"
#include "gpu_provider.hpp"
#include "observed_outputs.hpp"
#include "protocol/needs.hpp"
#include "worker/cuda_runtime.hpp"
#include "worker/gpu_errors.hpp"

namespace inferscale::onnxruntime {

using namespace measure;
using namespace protocol;

namespace {

tl::unexpected<Error> refused(const Ort::Exception& e, Outcome otherwise) {
  return fail_as(worker::classify_gpu_error(e.what(), otherwise), "ONNX Runtime: {}", e.what());
}

/// The buffers of one shape, at addresses that its CUDA graph keeps: pinned on the host, and on the device,
/// where the session's input and output are bound to them.
struct DeviceShape {
  Shape shape;
  int positions = 0;
  worker::CudaBuffer ids_host, ids_device, logits_host, logits_device;
  Ort::IoBinding binding{nullptr};
  Ort::RunOptions run_options;
};

class OnnxRuntimeCudaBackend final : public Backend {
 public:
  [[nodiscard]] WorkerInfo describe() const override {
    const auto why_not = find_cuda_provider().unusable_because;
    return {"onnxruntime",
            "ONNX Runtime",
            Ort::GetVersionString(),
            {stated({"onnxruntime-gpu", "cuda", "fp32", "onnx", "fp32", why_not}, "onnxruntime-gpu"),
             stated({"onnxruntime-gpu-fp16", "cuda", "fp16", "onnx", "fp16", why_not}, "onnxruntime-gpu")}};
  }

  Result<void> load(const LoadRequest& request) override {
    TRY_ASSIGN(cuda_, worker::CudaRuntime::open(find_cuda_provider().cuda_major));
    TRY_ASSIGN(stream_, cuda_->make_stream());
    scope_ = request.logits;
    vocabulary_ = request.vocabulary;
    try {
      opened_.emplace(open_cuda_session(request, stream_));
      return check_graph(request);
    } catch (const Ort::Exception& e) {
      return tl::unexpected(refused(e, Outcome::load_failed).value().in(request.artifact.string()));
    }
  }

  /// Runs each new shape once: that allocates, and records its CUDA graph.
  Result<void> prepare(std::span<const Shape> shapes) override {
    for (const Shape& shape : shapes) {
      if (find(shape) == nullptr) {
        TRY(bind(shape));
        const std::vector<std::int32_t> ids(count(shape), 0);
        TRY(forward({ids, shape}));
      }
    }
    return {};
  }

  Result<LogitsView> forward(const TokenBatch& tokens) override {
    DeviceShape* bound = find(tokens.shape);
    if (bound == nullptr) {
      return fail("forward was called with a shape that was not prepared: [{}, {}]", tokens.shape.batch,
                  tokens.shape.length);
    }
    std::memcpy(bound->ids_host.data(), tokens.ids.data(), bound->ids_host.bytes());
    TRY(cuda_->copy_to_device(bound->ids_device.data(), bound->ids_host.data(), bound->ids_host.bytes(),
                              stream_));
    try {
      opened_->session.Run(bound->run_options, bound->binding);
    } catch (const Ort::Exception& e) {
      return refused(e, Outcome::error);
    }
    TRY(cuda_->copy_to_host(bound->logits_host.data(), bound->logits_device.data(),
                            bound->logits_host.bytes(), stream_));
    TRY(cuda_->synchronize(stream_));
    return LogitsView{bound->logits_host.data(), element_, tokens.shape.batch, bound->positions, vocabulary_};
  }

  Result<std::vector<ActivationView>> activations(const TokenBatch& tokens) override {
    if (opened_->captures) {  // such a session runs with bound buffers alone
      return fail("activations: the model was loaded with CUDA graphs, and their shapes are fixed");
    }
    try {
      return observed_.run(opened_->session, tokens);
    } catch (const Ort::Exception& e) {
      return refused(e, Outcome::error);
    }
  }

  [[nodiscard]] Json details() const override {
    Json json = opened_ ? opened_->placement.to_json() : Json::object();
    json["cuda_graph"] = opened_ && opened_->captures;
    if (opened_ && !opened_->no_capture_because.empty()) {
      json["no_cuda_graph_because"] = opened_->no_capture_because;
    }
    return json;
  }

 private:
  static std::size_t count(const Shape& shape) {
    return static_cast<std::size_t>(shape.batch) * static_cast<std::size_t>(shape.length);
  }

  [[nodiscard]] DeviceShape* find(const Shape& shape) {
    const auto found =
        std::find_if(bound_.begin(), bound_.end(), [&](const DeviceShape& b) { return b.shape == shape; });
    return found == bound_.end() ? nullptr : &*found;
  }

  Result<void> bind(const Shape& shape) {
    DeviceShape bound;
    bound.shape = shape;
    bound.positions = scope_ == LogitsScope::all ? shape.length : 1;
    const std::array<std::int64_t, 2> ids_shape{shape.batch, shape.length};
    const std::array<std::int64_t, 3> logits_shape{shape.batch, bound.positions, vocabulary_};
    const std::size_t ids = count(shape);
    const std::size_t logits = static_cast<std::size_t>(shape.batch) *
                               static_cast<std::size_t>(bound.positions) *
                               static_cast<std::size_t>(vocabulary_);
    const std::size_t element_bytes = element_ == ElementType::f16 ? 2 : 4;
    using Place = worker::CudaBuffer::Place;
    TRY_ASSIGN(bound.ids_host,
               worker::CudaBuffer::make(cuda_, Place::pinned_host, ids * sizeof(std::int32_t)));
    TRY_ASSIGN(bound.ids_device, worker::CudaBuffer::make(cuda_, Place::device, ids * sizeof(std::int32_t)));
    TRY_ASSIGN(bound.logits_host,
               worker::CudaBuffer::make(cuda_, Place::pinned_host, logits * element_bytes));
    TRY_ASSIGN(bound.logits_device, worker::CudaBuffer::make(cuda_, Place::device, logits * element_bytes));
    try {
      const Ort::MemoryInfo memory("Cuda", OrtDeviceAllocator, 0, OrtMemTypeDefault);
      bound.binding = Ort::IoBinding(opened_->session);
      bound.binding.BindInput("input_ids", Ort::Value::CreateTensor<std::int32_t>(
                                               memory, static_cast<std::int32_t*>(bound.ids_device.data()),
                                               ids, ids_shape.data(), ids_shape.size()));
      const auto type = element_ == ElementType::f16 ? ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16
                                                     : ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
      bound.binding.BindOutput(
          "logits", Ort::Value::CreateTensor(memory, bound.logits_device.data(), bound.logits_device.bytes(),
                                             logits_shape.data(), logits_shape.size(), type));
      bound.run_options.SetRunLogSeverityLevel(ORT_LOGGING_LEVEL_ERROR);
      // Our own synchronisation follows the copy back: one is enough.
      bound.run_options.AddConfigEntry("disable_synchronize_execution_providers", "1");
      if (opened_->captures) {
        bound.run_options.AddConfigEntry("gpu_graph_id", std::to_string(next_graph_++).c_str());
      }
    } catch (const Ort::Exception& e) {
      return refused(e, Outcome::error);
    }
    bound_.push_back(std::move(bound));
    return {};
  }

  /// Refuses a graph that is not one of ours before it can give a wrong shape in the timed loop.
  Result<void> check_graph(const LoadRequest& request) {
    const auto& session = opened_->session;
    if (session.GetInputCount() != 1 || session.GetOutputCount() < 1) {
      return fail_as(Outcome::load_failed,
                     "{}: the graph must have one input, and the logits as first output",
                     request.artifact.string());
    }
    const auto output = session.GetOutputTypeInfo(0);
    const auto info = output.GetTensorTypeAndShapeInfo();
    const auto shape = info.GetShape();
    if (shape.size() != 3 || shape[2] != request.vocabulary) {
      return fail_as(Outcome::load_failed, "{}: the graph's logits do not have the model's vocabulary of {}",
                     request.artifact.string(), request.vocabulary);
    }
    element_ =
        info.GetElementType() == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 ? ElementType::f16 : ElementType::f32;
    return {};
  }

  std::shared_ptr<const worker::CudaRuntime> cuda_;
  void* stream_ = nullptr;
  std::optional<CudaSession> opened_;
  LogitsScope scope_ = LogitsScope::all;
  int vocabulary_ = 0;
  ElementType element_ = ElementType::f32;  ///< of the graph's logits
  int next_graph_ = 1;
  ObservedOutputs observed_;
  std::list<DeviceShape> bound_;  // goes before the session that it is bound to
};

}  // namespace

std::unique_ptr<Backend> make_onnxruntime_cuda_backend() {
  return std::make_unique<OnnxRuntimeCudaBackend>();
}

}  // namespace inferscale::onnxruntime
