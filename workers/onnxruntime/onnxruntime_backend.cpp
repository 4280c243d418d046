#include "onnxruntime_backend.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machine/environment.hpp"
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

/// Input and output tensors of one shape, over buffers that all shapes share.
constexpr const char* kFamily = "onnxruntime-cpu";

struct BoundShape {
  Shape shape;
  Ort::Value ids{nullptr};
  Ort::Value logits{nullptr};
  int positions = 0;
};

class OnnxRuntimeBackend final : public measure::Backend {
 public:
  [[nodiscard]] WorkerInfo describe() const override {
    return {"onnxruntime",
            "ONNX Runtime",
            Ort::GetVersionString(),
            {stated({"onnxruntime-cpu", "cpu", "fp32", "onnx", "fp32", ""}, kFamily),
             stated({"onnxruntime-cpu-fp16", "cpu", "fp16", "onnx", "fp16", ""}, kFamily),
             // It has kernels for scales that come with each tensor, and runs them fastest.
             stated({"onnxruntime-cpu-int8", "cpu", "int8", "onnx", "int8", "", "",
                     worker::exact_weight_bits(machine::processor_features())},
                    kFamily, {"dynamic", "qdq"})}};
  }

  Result<void> load(const LoadRequest& request) override {
    try {
      session_.emplace(open_cpu_session(request));
    } catch (const Ort::Exception& e) {
      return tl::unexpected(classified(e, Outcome::load_failed).in(request.artifact.string()));
    }
    vocabulary_ = request.vocabulary;
    scope_ = request.logits;
    return check_graph(request);
  }

  Result<void> prepare(std::span<const Shape> shapes) override {
    std::size_t most_ids = ids_.size();
    std::size_t most_logits = logits_.size();
    for (const Shape& shape : shapes) {
      if (find(shape) == nullptr) {
        bound_.push_back({shape, Ort::Value{nullptr}, Ort::Value{nullptr}, 0});
      }
      most_ids =
          std::max(most_ids, static_cast<std::size_t>(shape.batch) * static_cast<std::size_t>(shape.length));
      most_logits = std::max(most_logits, static_cast<std::size_t>(shape.batch) *
                                              static_cast<std::size_t>(positions(shape)) *
                                              static_cast<std::size_t>(vocabulary_));
    }
    ids_.resize(most_ids);
    logits_.resize(most_logits);
    for (auto& bound : bound_) {  // growing moves the buffers, so every tensor is made again
      bind(bound);
    }
    return {};
  }

  Result<measure::LogitsView> forward(const TokenBatch& tokens) override {
    const BoundShape* bound = find(tokens.shape);
    if (bound == nullptr) {
      return fail("forward was called with a shape that was not prepared: [{}, {}]", tokens.shape.batch,
                  tokens.shape.length);
    }
    std::copy(tokens.ids.begin(), tokens.ids.end(), ids_.begin());
    try {
      static constexpr const char* kInput = "input_ids";
      static constexpr const char* kOutput = "logits";
      // The output tensor lies over logits_, so the runtime writes straight to where the result is read.
      Ort::Value* output = const_cast<Ort::Value*>(&bound->logits);
      session_->Run(run_options_, &kInput, &bound->ids, 1, &kOutput, output, 1);
    } catch (const Ort::Exception& e) {
      return tl::unexpected(classified(e, Outcome::error));
    }
    return measure::LogitsView{logits_.data(), measure::ElementType::f32, tokens.shape.batch,
                               bound->positions, vocabulary_};
  }

  Result<std::vector<measure::ActivationView>> activations(const TokenBatch& tokens) override {
    try {
      return observed_.run(*session_, tokens);
    } catch (const Ort::Exception& e) {
      return tl::unexpected(classified(e, Outcome::error));
    }
  }

 private:
  [[nodiscard]] int positions(const Shape& shape) const {
    return scope_ == LogitsScope::all ? shape.length : 1;
  }

  [[nodiscard]] const BoundShape* find(const Shape& shape) const {
    const auto found =
        std::find_if(bound_.begin(), bound_.end(), [&](const BoundShape& b) { return b.shape == shape; });
    return found == bound_.end() ? nullptr : &*found;
  }

  void bind(BoundShape& bound) {
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    bound.positions = positions(bound.shape);
    const std::array<std::int64_t, 2> ids_shape{bound.shape.batch, bound.shape.length};
    const std::array<std::int64_t, 3> logits_shape{bound.shape.batch, bound.positions, vocabulary_};
    const auto ids_count = static_cast<std::size_t>(ids_shape[0] * ids_shape[1]);
    const auto logits_count = static_cast<std::size_t>(logits_shape[0] * logits_shape[1] * logits_shape[2]);
    bound.ids = Ort::Value::CreateTensor<std::int32_t>(memory, ids_.data(), ids_count, ids_shape.data(),
                                                       ids_shape.size());
    bound.logits = Ort::Value::CreateTensor<float>(memory, logits_.data(), logits_count, logits_shape.data(),
                                                   logits_shape.size());
  }

  /// Refuses a graph that is not one of ours before it can give a wrong shape in the timed loop.
  Result<void> check_graph(const LoadRequest& request) const {
    if (session_->GetInputCount() != 1 || session_->GetOutputCount() < 1) {
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
  LogitsScope scope_ = LogitsScope::all;
  int vocabulary_ = 0;
  std::vector<std::int32_t> ids_;
  std::vector<float> logits_;
  std::vector<BoundShape> bound_;
  ObservedOutputs observed_;
};

}  // namespace

std::unique_ptr<measure::Backend> make_onnxruntime_backend() {
  return std::make_unique<OnnxRuntimeBackend>();
}

}  // namespace inferscale::onnxruntime
