#include "onnxruntime_backend.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cpu_steps.hpp"
#include "machine/environment.hpp"
#include "measure/host_shapes.hpp"
#include "observed_outputs.hpp"
#include "protocol/needs.hpp"
#include "session.hpp"
#include "worker/int8_kernels.hpp"

namespace inferscale::onnxruntime {

using namespace protocol;

namespace {

/// ONNX Runtime reports a failed allocation as a general error: its words are all there is.
Error classified(const Ort::Exception& e, Outcome otherwise) {
  const std::string_view what = e.what();
  const bool memory = what.find("allocate memory") != std::string_view::npos ||
                      what.find("bad_alloc") != std::string_view::npos;
  return {fmt::format("ONNX Runtime: {}", what), memory ? Outcome::out_of_memory : otherwise};
}

constexpr const char* kFamily = "onnxruntime-cpu";

struct BoundTensors {
  Ort::Value ids{nullptr};
  Ort::Value logits{nullptr};
};

BoundTensors bind(const measure::PassLayout& layout, std::int32_t* ids, float* logits) {
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const std::array<std::int64_t, 2> ids_shape{layout.shape.batch, layout.shape.length};
  const std::array<std::int64_t, 3> logits_shape{layout.shape.batch, layout.positions, layout.vocabulary};
  return {
      Ort::Value::CreateTensor<std::int32_t>(memory, ids, layout.ids(), ids_shape.data(), ids_shape.size()),
      Ort::Value::CreateTensor<float>(memory, logits, layout.logits(), logits_shape.data(),
                                      logits_shape.size())};
}

/// A cache that GroupQueryAttention writes in place costs no copies; for a prompt alone the portable graph is
/// as fast here.
BackendInfo with_cache(BackendInfo info) {
  return with_cached_graph(std::move(info), "fused");
}

class OnnxRuntimeBackend final : public DeviceBackend {
 public:
  [[nodiscard]] WorkerInfo describe() const override {
    return {"onnxruntime",
            "ONNX Runtime",
            Ort::GetVersionString(),
            {with_cache(stated({"onnxruntime-cpu", "cpu", "fp32", "onnx", "fp32", ""}, kFamily)),
             with_cache(stated({"onnxruntime-cpu-fp16", "cpu", "fp16", "onnx", "fp16", ""}, kFamily)),
             // It has kernels for scales that come with each tensor, and runs them fastest.
             with_cache(stated({"onnxruntime-cpu-int8", "cpu", "int8", "onnx", "int8", "", "",
                                worker::exact_weight_bits(machine::processor_features())},
                               kFamily, {"dynamic", "qdq", "blocks"})),
             with_cache(stated({"onnxruntime-cpu-int4", "cpu", "int4", "onnx", "int4", ""}, kFamily))}};
  }

  Result<void> load(const LoadRequest& request) override {
    try {
      session_.emplace(open_cpu_session(request));
    } catch (const Ort::Exception& e) {
      return tl::unexpected(classified(e, Outcome::load_failed).in(request.artifact.string()));
    }
    shapes_.reset({request.logits, request.vocabulary});
    steps_.reset();
    if (takes_a_cache(*session_)) {
      TRY_ASSIGN(CachedGraph graph, read_cached_graph(*session_));
      steps_.emplace(*session_, std::move(graph), request.vocabulary);
    }
    return check_graph(request);
  }

  Result<void> prepare(std::span<const Shape> shapes) override {
    shapes_.prepare(shapes, bind);
    return {};
  }

  Result<measure::LogitsView> forward(const TokenBatch& tokens) override {
    TRY_ASSIGN(BoundTensors* const bound, shapes_.take(tokens));
    try {
      static constexpr const char* kInput = "input_ids";
      static constexpr const char* kOutput = "logits";
      // The output tensor lies over the buffer of logits: the runtime writes to where the result is read.
      session_->Run(run_options_, &kInput, &bound->ids, 1, &kOutput, &bound->logits, 1);
    } catch (const Ort::Exception& e) {
      return tl::unexpected(classified(e, Outcome::error));
    }
    return shapes_.logits(tokens.shape);
  }

  Result<std::vector<measure::ActivationView>> activations(const TokenBatch& tokens) override {
    try {
      return observed_.run(*session_, tokens);
    } catch (const Ort::Exception& e) {
      return tl::unexpected(classified(e, Outcome::error));
    }
  }

  Result<void> reserve(std::span<const CacheShape> caches) override {
    TRY(needs_cached_graph());
    return steps_->reserve(caches);
  }

  Result<Chosen> start(const TokenBatch& prompt, const CacheShape& cache) override {
    return run_steps([&] { return steps_->start(prompt, cache); });
  }

  Result<Chosen> step(std::span<const std::int32_t> tokens) override {
    return run_steps([&] { return steps_->step(tokens); });
  }

  Result<measure::LogitsView> last_logits() override { return steps_->last_logits(); }
  [[nodiscard]] std::int64_t kv_bytes_per_token() const override { return steps_->kv_bytes_per_token(); }

 private:
  [[nodiscard]] Result<void> needs_cached_graph() const {
    return steps_ ? Result<void>()
                  : fail_as(Outcome::unsupported,
                            "the graph that was loaded has no KV cache: export it with --mode decode");
  }

  template <class Run>
  Result<Chosen> run_steps(const Run& run) {
    try {
      return run();
    } catch (const Ort::Exception& e) {
      return tl::unexpected(classified(e, Outcome::error));
    }
  }

  /// Refuses a graph that is not one of ours before it can give a wrong shape in the timed loop.
  Result<void> check_graph(const LoadRequest& request) const {
    if ((session_->GetInputCount() != 1 && !steps_) || session_->GetOutputCount() < 1) {
      return fail_as(Outcome::load_failed,
                     "{}: the graph must have one input, and the logits as first output",
                     request.artifact.string());
    }
    const auto output = session_->GetOutputTypeInfo(0);
    const auto shape = output.GetTensorTypeAndShapeInfo().GetShape();
    if (shape.size() != 3 || shape[2] != request.vocabulary) {
      return fail_as(Outcome::load_failed, "{}: the graph's logits do not have the model's vocabulary of {}",
                     request.artifact.string(), request.vocabulary);
    }
    return {};
  }

  std::optional<Ort::Session> session_;
  Ort::RunOptions run_options_;
  measure::HostShapes<BoundTensors> shapes_;
  ObservedOutputs observed_;
  std::optional<CpuSteps> steps_;  ///< of a graph with a KV cache
};

}  // namespace

std::unique_ptr<DeviceBackend> make_onnxruntime_backend() {
  return std::make_unique<OnnxRuntimeBackend>();
}

}  // namespace inferscale::onnxruntime
