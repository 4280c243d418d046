#include "tensorrt_backend.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "backends.hpp"
#include "builder.hpp"
#include "cached_steps.hpp"
#include "device.hpp"
#include "engine.hpp"
#include "engine_options.hpp"
#include "measure/pass_layout.hpp"
#include "protocol/needs.hpp"
#include "protocol/shape_profile.hpp"
#include "shape_runner.hpp"
#include "version.hpp"

namespace inferscale::tensorrt {

using namespace protocol;

namespace {

/// Shapes that are kept ready; the oldest make room for new ones.
constexpr std::size_t kMostRunners = 64;

/// Of what a graph's own types do not say.
std::string why_no_engine(const EngineKind& kind) {
  const bool chooses = INFERSCALE_TENSORRT_CHOOSES_PRECISIONS;
  return kind.bfloat && !chooses ? "TensorRT 11 computes in the types of the graph, and there is none in bf16"
                                 : std::string();
}

class TensorRtBackend final : public measure::Backend,
                              public measure::Forward,
                              public measure::CachedSteps,
                              public measure::Builds {
 public:
  [[nodiscard]] WorkerInfo describe() const override {
    WorkerInfo info{"tensorrt", "TensorRT", library_version(), {}};
    for (const EngineKind& kind : kEngineKinds) {
      const std::string why_not = !device() ? device().error().message : why_no_engine(kind);
      BackendInfo backend{std::string(kind.name),
                          "cuda",
                          std::string(kind.precision),
                          "engine",
                          std::string(kind.graph),
                          why_not,
                          engine_key()};
      const auto forms = kind.int8 ? std::vector<std::string>{"qdq"} : std::vector<std::string>{};
      info.backends.push_back(
          with_cached_graph(stated(std::move(backend), "tensorrt", forms), "fixed_cache"));
    }
    return info;
  }

  Result<Json> build(const BuildRequest& request) override {
    TRY_ASSIGN(const EngineOptions options, parse_engine_options(request.options));
    TRY_ASSIGN(const auto cuda, cuda_runtime());
    TRY(cuda->start_device(false));
    return build_engine(request, options);
  }
  [[nodiscard]] bool calibrates() const override { return INFERSCALE_TENSORRT_CHOOSES_PRECISIONS; }

  Result<void> load(const LoadRequest& request) override {
    TRY_ASSIGN(options_, parse_engine_options(request.options));
    TRY_ASSIGN(stream_.cuda, cuda_runtime());
    TRY(stream_.cuda->start_device(options_.spin));
    TRY_ASSIGN(stream_.stream, stream_.cuda->make_stream());
    TRY_ASSIGN(Engine loaded, load_engine(request.artifact, request.vocabulary));
    engine_.emplace(std::move(loaded));
    if (!engine_->cache.empty()) {
      steps_.emplace(*engine_, stream_, options_.cuda_graphs, request.vocabulary);
    }
    model_ = {request.logits, request.vocabulary};
    return {};
  }

  Result<void> prepare(std::span<const Shape> shapes) override {
    if (steps_ && !shapes.empty()) {
      return fail_as(Outcome::unsupported, "this engine is of a graph with a KV cache, and runs steps alone");
    }
    std::vector<ShapeRunner> added;
    for (const Shape& shape : shapes) {
      if (measure::find_shape(runners_, shape) == nullptr && measure::find_shape(added, shape) == nullptr) {
        TRY_ASSIGN(ShapeRunner runner, ShapeRunner::make(*engine_, shape, model_, stream_));
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
    ShapeRunner* runner =
        next != nullptr && next->shape() == tokens.shape ? next : measure::find_shape(runners_, tokens.shape);
    if (runner == nullptr) {
      return measure::not_prepared(tokens.shape);
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
      TRY_ASSIGN(ShapeRunner made, ShapeRunner::make(*engine_, shape, model_, stream_));
      found = once_.emplace(*profile, std::move(made)).first;
    } else {
      TRY(found->second.take(shape));
    }
    TRY(grow_buffers({&found->second, 1}));
    TRY(found->second.attach(buffers_));
    next_ = &found->second;
    return {};
  }

  Result<void> reserve(std::span<const CacheShape> caches) override {
    if (!steps_) {
      return fail_as(Outcome::unsupported, "this engine is of a graph without a KV cache");
    }
    return steps_->reserve(caches);
  }

  Result<Chosen> start(const TokenBatch& prompt, const CacheShape& cache) override {
    return steps_->start(prompt, cache);
  }
  Result<Chosen> step(std::span<const std::int32_t> tokens) override { return steps_->step(tokens); }
  Result<measure::LogitsView> last_logits() override { return steps_->last_logits(); }
  [[nodiscard]] std::int64_t kv_bytes_per_token() const override { return steps_->kv_bytes_per_token(); }

  [[nodiscard]] Json details() const override { return steps_ ? steps_->details() : shapes_details(); }

 private:
  /// What getting the shapes ready took, all together: with an execution context for each of many lengths it
  /// can be longer than what is measured.
  [[nodiscard]] Json shapes_details() const {
    ReadyTimes all;
    for (const ShapeRunner& runner : runners_) {
      all.context_s += runner.took().context_s;
      all.first_pass_s += runner.took().first_pass_s;
      all.capture_s += runner.took().capture_s;
    }
    return Json{{"shapes",
                 {{"ready", runners_.size()},
                  {"contexts_s", all.context_s},
                  {"first_passes_s", all.first_pass_s},
                  {"captures_s", all.capture_s}}}};
  }

  /// New buffers where the ones there are too small; runners that were captured with those keep them.
  Result<void> grow_buffers(std::span<const ShapeRunner> runners) {
    BufferNeeds most;
    for (const auto& runner : runners) {
      most.ids_bytes = std::max(most.ids_bytes, runner.needs().ids_bytes);
      most.logits_bytes = std::max(most.logits_bytes, runner.needs().logits_bytes);
      most.scratch_bytes = std::max(most.scratch_bytes, runner.needs().scratch_bytes);
    }
    if (buffers_ != nullptr && most.ids_bytes <= buffers_->ids.bytes() &&
        most.logits_bytes <= buffers_->logits.bytes() && most.scratch_bytes <= buffers_->scratch.bytes()) {
      return {};
    }
    auto buffers = std::make_shared<SharedBuffers>();
    using Place = worker::CudaBuffer::Place;
    const auto make = [&](Place place, std::size_t bytes) {
      return worker::CudaBuffer::make(stream_.cuda, place, bytes);
    };
    TRY_ASSIGN(buffers->ids, make(Place::device, most.ids_bytes));
    TRY_ASSIGN(buffers->logits, make(Place::device, most.logits_bytes));
    TRY_ASSIGN(buffers->scratch, make(Place::device, most.scratch_bytes));
    TRY_ASSIGN(buffers->host_ids, make(Place::pinned_host, most.ids_bytes));
    TRY_ASSIGN(buffers->host_logits, make(Place::pinned_host, most.logits_bytes));
    buffers_ = std::move(buffers);
    return {};
  }

  EngineOptions options_;
  CudaStream stream_;
  std::optional<Engine> engine_;
  std::shared_ptr<SharedBuffers> buffers_;
  std::deque<ShapeRunner> runners_;
  std::map<std::size_t, ShapeRunner> once_;  ///< by profile
  ShapeRunner* next_ = nullptr;              ///< of once_: what prepare_once() was for
  measure::LoadedModel model_;
  std::optional<TensorRtSteps> steps_;  ///< of a graph with a KV cache; goes before the engine
};

}  // namespace
std::unique_ptr<measure::Backend> make_tensorrt_backend() {
  return std::make_unique<TensorRtBackend>();
}

}  // namespace inferscale::tensorrt
