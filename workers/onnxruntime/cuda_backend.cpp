#include "cuda_backend.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <list>
#include <optional>
#include <utility>

#include "cuda_growing_steps.hpp"
#include "cuda_session.hpp"
#include "cuda_steps.hpp"
#include "element_types.hpp"
#include "gpu_provider.hpp"
#include "measure/pass_layout.hpp"
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
  worker::CudaBuffer ids_host, ids_device, logits_host, logits_device;
  Ort::IoBinding binding{nullptr};
  Ort::RunOptions run_options;
};

/// Its graphs have attention and norms as operators of ONNX Runtime's own, where the model can have them
/// (docs/reference/export.md). There are kernels of them for 16 bits alone.
BackendInfo fused(BackendInfo info) {
  for (Need& need : info.needs) {
    need.dialect = "fused";
  }
  return with_cached_graph(std::move(info), "fused");
}

std::vector<BackendInfo> backends() {
  const CudaProvider& provider = find_cuda_provider();
  const auto why_not = provider.unusable_because;
  std::vector<BackendInfo> all{
      with_cached_graph(
          stated({"onnxruntime-gpu", "cuda", "fp32", "onnx", "fp32", why_not}, "onnxruntime-gpu"), {}),
      fused(stated({"onnxruntime-gpu-fp16", "cuda", "fp16", "onnx", "fp16", why_not}, "onnxruntime-gpu")),
      fused(stated({"onnxruntime-gpu-bf16", "cuda", "bf16", "onnx", "bf16", why_not}, "onnxruntime-gpu"))};
  for (BackendInfo& backend : all) {
    if (!provider.cudnn_version.empty()) {
      backend.libraries["cuDNN"] = provider.cudnn_version;
    }
  }
  return all;
}

class OnnxRuntimeCudaBackend final : public DeviceBackend {
 public:
  [[nodiscard]] WorkerInfo describe() const override {
    return {"onnxruntime", "ONNX Runtime", Ort::GetVersionString(), backends()};
  }

  Result<void> load(const LoadRequest& request) override {
    TRY_ASSIGN(cuda_, worker::CudaRuntime::open(find_cuda_provider().cuda_major));
    TRY_ASSIGN(stream_, cuda_->make_stream());
    model_ = {request.logits, request.vocabulary};
    const auto all = backends();
    const bool half = std::any_of(all.begin(), all.end(), [&](const BackendInfo& one) {
      return one.name == request.backend && precision_of(one).bits == 16;
    });
    try {
      opened_.emplace(open_cuda_session(request, half, stream_));
      TRY(check_graph(request));
      if (takes_a_cache(opened_->session)) {
        TRY_ASSIGN(CachedGraph graph, read_cached_graph(opened_->session));
        steps_ = steps_of(std::move(graph));
      }
      return {};
    } catch (const Ort::Exception& e) {
      return tl::unexpected(refused(e, Outcome::load_failed).value().in(request.artifact.string()));
    }
  }

  /// Runs each new shape once: that allocates, and records its CUDA graph.
  Result<void> prepare(std::span<const Shape> shapes) override {
    for (const Shape& shape : shapes) {
      if (find_shape(bound_, shape) == nullptr) {
        TRY(bind(model_.layout(shape)));
        const std::vector<std::int32_t> ids(model_.layout(shape).ids(), 0);
        TRY(forward({ids, shape}));
      }
    }
    return {};
  }

  Result<LogitsView> forward(const TokenBatch& tokens) override {
    DeviceShape* bound = find_shape(bound_, tokens.shape);
    if (bound == nullptr) {
      return not_prepared(tokens.shape);
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
    return model_.layout(tokens.shape).view(bound->logits_host.data(), element_);
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

  Result<void> reserve(std::span<const CacheShape> caches) override {
    if (!steps_) {
      return fail_as(Outcome::unsupported, "the graph that was loaded takes no KV cache");
    }
    return run_steps([&] { return steps_->reserve(caches); });
  }

  Result<Chosen> start(const TokenBatch& prompt, const CacheShape& cache) override {
    return run_steps([&] { return steps_->start(prompt, cache); });
  }

  Result<Chosen> step(std::span<const std::int32_t> tokens) override {
    return run_steps([&] { return steps_->step(tokens); });
  }

  Result<LogitsView> last_logits() override { return steps_->last_logits(); }
  [[nodiscard]] std::int64_t kv_bytes_per_token() const override { return steps_->kv_bytes_per_token(); }

  [[nodiscard]] Json details() const override {
    Json json = opened_ ? opened_->placement.to_json() : Json::object();
    const bool grows = steps_ != nullptr && !steps_->in_place();
    json["cuda_graph"] = opened_ && opened_->captures && !grows;
    if (opened_ && !opened_->no_capture_because.empty()) {
      json["no_cuda_graph_because"] = opened_->no_capture_because;
    } else if (grows) {
      json["no_cuda_graph_because"] = "the graph's KV cache grows, so shapes change with each step";
    }
    return json;
  }

 private:
  [[nodiscard]] std::unique_ptr<CudaCachedSteps> steps_of(CachedGraph graph) {
    const CudaStepsSetting setting{cuda_, stream_, opened_->captures, element_, model_.vocabulary};
    if (graph.in_place) {
      return std::make_unique<CudaSteps>(opened_->session, std::move(graph), setting);
    }
    return std::make_unique<CudaGrowingSteps>(opened_->session, std::move(graph), setting);
  }

  template <class Run>
  auto run_steps(const Run& run) -> decltype(run()) {
    try {
      return run();
    } catch (const Ort::Exception& e) {
      return refused(e, Outcome::error);
    }
  }

  Result<void> bind(const PassLayout& layout) {
    DeviceShape bound;
    bound.shape = layout.shape;
    const std::array<std::int64_t, 2> ids_shape{layout.shape.batch, layout.shape.length};
    const std::array<std::int64_t, 3> logits_shape{layout.shape.batch, layout.positions, layout.vocabulary};
    const std::size_t ids = layout.ids();
    const std::size_t logits_bytes = layout.logits() * bytes_of(element_);
    using Place = worker::CudaBuffer::Place;
    TRY_ASSIGN(bound.ids_host,
               worker::CudaBuffer::make(cuda_, Place::pinned_host, ids * sizeof(std::int32_t)));
    TRY_ASSIGN(bound.ids_device, worker::CudaBuffer::make(cuda_, Place::device, ids * sizeof(std::int32_t)));
    TRY_ASSIGN(bound.logits_host, worker::CudaBuffer::make(cuda_, Place::pinned_host, logits_bytes));
    TRY_ASSIGN(bound.logits_device, worker::CudaBuffer::make(cuda_, Place::device, logits_bytes));
    try {
      const Ort::MemoryInfo memory("Cuda", OrtDeviceAllocator, 0, OrtMemTypeDefault);
      bound.binding = Ort::IoBinding(opened_->session);
      bound.binding.BindInput("input_ids", Ort::Value::CreateTensor<std::int32_t>(
                                               memory, static_cast<std::int32_t*>(bound.ids_device.data()),
                                               ids, ids_shape.data(), ids_shape.size()));
      bound.binding.BindOutput(
          "logits", Ort::Value::CreateTensor(memory, bound.logits_device.data(), bound.logits_device.bytes(),
                                             logits_shape.data(), logits_shape.size(), onnx_type(element_)));
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
    if ((session.GetInputCount() != 1 && !takes_a_cache(session)) || session.GetOutputCount() < 1) {
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
    const auto type = element_type(info.GetElementType());
    if (!type) {
      return fail_as(Outcome::load_failed, "{}: the graph's logits are neither fp32 nor fp16 nor bf16",
                     request.artifact.string());
    }
    element_ = *type;
    return {};
  }

  std::shared_ptr<const worker::CudaRuntime> cuda_;
  void* stream_ = nullptr;
  std::optional<CudaSession> opened_;
  LoadedModel model_;
  ElementType element_ = ElementType::f32;  ///< of the graph's logits
  int next_graph_ = 1;
  ObservedOutputs observed_;
  std::list<DeviceShape> bound_;            // goes before the session that it is bound to, as do steps
  std::unique_ptr<CudaCachedSteps> steps_;  ///< of a graph with a KV cache
};

}  // namespace

std::unique_ptr<DeviceBackend> make_onnxruntime_cuda_backend() {
  return std::make_unique<OnnxRuntimeCudaBackend>();
}

}  // namespace inferscale::onnxruntime
