#include "tensorrt_backend.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "builder.hpp"
#include "cuda.hpp"
#include "device.hpp"
#include "engine.hpp"
#include "engine_options.hpp"
#include "protocol/needs.hpp"
#include "protocol/shape_profile.hpp"
#include "shape_runner.hpp"

namespace inferscale::tensorrt {

using namespace protocol;

namespace {

/// Shapes that are kept ready; the oldest make room for new ones.
constexpr std::size_t kMostRunners = 64;

/// Starts the GPU. To be called before anything else makes its context: the flag holds from then on.
Result<void> start_device(bool spin) {
  TRY(check(cudaSetDeviceFlags(spin ? cudaDeviceScheduleSpin : cudaDeviceScheduleAuto), "setting flags"));
  return check(cudaSetDevice(0), "starting the GPU");
}

class TensorRtBackend final : public measure::Backend {
 public:
  [[nodiscard]] WorkerInfo describe() const override {
    WorkerInfo info{"tensorrt", "TensorRT", library_version(), {}};
    const auto add = [&](const char* name, const char* precision, const char* graph) {
      info.backends.push_back(stated({name, "cuda", precision, "engine", graph, device().unavailable_because,
                                      device().unavailable_because.empty() ? engine_key() : std::string()},
                                     "tensorrt"));
    };
    add("tensorrt-fp32", "fp32", "fp32");
    add("tensorrt-tf32", "tf32", "fp32");
    add("tensorrt-fp16", "fp16", "fp16");
    add("tensorrt-int8", "int8", "int8");
    info.backends.back().quantization_forms = {"qdq"};
    return info;
  }

  [[nodiscard]] std::vector<Capability> can() const override {
    return {Capability::prefill, Capability::generate, Capability::score, Capability::build};
  }

  Result<Json> build(const BuildRequest& request) override {
    TRY_ASSIGN(const EngineOptions options, parse_engine_options(request.options));
    TRY(start_device(false));
    return build_engine(request, options);
  }

  Result<void> load(const LoadRequest& request) override {
    TRY_ASSIGN(options_, parse_engine_options(request.options));
    TRY(start_device(options_.spin));
    TRY_ASSIGN(stream_, make_stream());
    TRY_ASSIGN(Engine loaded, load_engine(request.artifact, request.vocabulary));
    engine_.emplace(std::move(loaded));
    scope_ = request.logits;
    vocabulary_ = request.vocabulary;
    return {};
  }

  Result<void> prepare(std::span<const Shape> shapes) override {
    std::vector<ShapeRunner> added;
    for (const Shape& shape : shapes) {
      const bool known = find(shape) != nullptr ||
                         std::any_of(added.begin(), added.end(),
                                     [&](const ShapeRunner& runner) { return runner.shape() == shape; });
      if (!known) {
        TRY_ASSIGN(ShapeRunner runner,
                   ShapeRunner::make(*engine_, shape, scope_, vocabulary_, stream_.get()));
        added.push_back(std::move(runner));
      }
    }
    TRY(grow_buffers(added));
    for (auto& runner : added) {
      TRY(runner.bind(buffers_, options_.cuda_graphs));
      runners_.push_back(std::move(runner));
    }
    while (runners_.size() > std::max(kMostRunners, shapes.size())) {
      runners_.pop_front();
    }
    return {};
  }

  Result<measure::LogitsView> forward(const TokenBatch& tokens) override {
    ShapeRunner* next = std::exchange(next_, nullptr);
    ShapeRunner* runner = next != nullptr && next->shape() == tokens.shape ? next : find(tokens.shape);
    if (runner == nullptr) {
      return fail("forward was called with a shape that was not prepared: [{}, {}]", tokens.shape.batch,
                  tokens.shape.length);
    }
    return runner->run(tokens.ids);
  }

  /// On one context a profile, without a graph.
  Result<void> prepare_once(const Shape& shape) override {
    const auto profile = best_profile(engine_->profiles, shape);
    if (!profile) {
      return tl::unexpected(outside_profiles(engine_->profiles, shape));
    }
    auto found = once_.find(*profile);
    if (found == once_.end()) {
      TRY_ASSIGN(ShapeRunner made, ShapeRunner::make(*engine_, shape, scope_, vocabulary_, stream_.get()));
      found = once_.emplace(*profile, std::move(made)).first;
    } else {
      TRY(found->second.take(shape));
    }
    TRY(grow_buffers({&found->second, 1}));
    TRY(found->second.attach(buffers_));
    next_ = &found->second;
    return {};
  }

 private:
  [[nodiscard]] ShapeRunner* find(const Shape& shape) {
    const auto found = std::find_if(runners_.begin(), runners_.end(),
                                    [&](const ShapeRunner& runner) { return runner.shape() == shape; });
    return found == runners_.end() ? nullptr : &*found;
  }

  /// New buffers where the ones there are too small; runners that were captured with those keep them.
  Result<void> grow_buffers(std::span<const ShapeRunner> runners) {
    BufferNeeds most;
    for (const auto& runner : runners) {
      most.ids_bytes = std::max(most.ids_bytes, runner.needs().ids_bytes);
      most.logits_bytes = std::max(most.logits_bytes, runner.needs().logits_bytes);
      most.scratch_bytes = std::max(most.scratch_bytes, runner.needs().scratch_bytes);
    }
    if (buffers_ != nullptr && most.ids_bytes <= buffers_->ids.bytes &&
        most.logits_bytes <= buffers_->logits.bytes && most.scratch_bytes <= buffers_->scratch.bytes) {
      return {};
    }
    auto buffers = std::make_shared<SharedBuffers>();
    TRY_ASSIGN(buffers->ids, allocate_device(most.ids_bytes));
    TRY_ASSIGN(buffers->logits, allocate_device(most.logits_bytes));
    TRY_ASSIGN(buffers->scratch, allocate_device(most.scratch_bytes));
    TRY_ASSIGN(buffers->host_ids, allocate_pinned(most.ids_bytes));
    TRY_ASSIGN(buffers->host_logits, allocate_pinned(most.logits_bytes));
    buffers_ = std::move(buffers);
    return {};
  }

  EngineOptions options_;
  Stream stream_;
  std::optional<Engine> engine_;
  std::shared_ptr<SharedBuffers> buffers_;
  std::deque<ShapeRunner> runners_;
  std::map<std::size_t, ShapeRunner> once_;  ///< by profile
  ShapeRunner* next_ = nullptr;              ///< of once_: what prepare_once() was for
  LogitsScope scope_ = LogitsScope::all;
  int vocabulary_ = 0;
};

}  // namespace
std::unique_ptr<measure::Backend> make_tensorrt_backend() {
  return std::make_unique<TensorRtBackend>();
}

}  // namespace inferscale::tensorrt
