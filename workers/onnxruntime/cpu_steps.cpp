#include "cpu_steps.hpp"

#include <algorithm>
#include <array>

#include "measure/memory.hpp"

namespace inferscale::onnxruntime {

using protocol::CacheShape;
using protocol::Shape;

namespace {

Ort::MemoryInfo host() {
  return Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
}

template <class Element>
Ort::Value tensor_over(std::vector<Element>& memory, const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (const auto size : shape) {
    count *= static_cast<std::size_t>(size);
  }
  return Ort::Value::CreateTensor<Element>(host(), memory.data(), count, shape.data(), shape.size());
}

}  // namespace

CpuSteps::CpuSteps(Ort::Session& session, CachedGraph graph, int vocabulary)
    : session_(session), graph_(std::move(graph)), vocabulary_(vocabulary), growing_(graph_, host()) {}

Result<void> CpuSteps::reserve(std::span<const CacheShape> caches) {
  std::size_t tokens = 0;
  for (const CacheShape& cache : caches) {
    tokens = std::max(tokens, size_of(cache.batch) * size_of(cache.capacity));
    ids_.resize(std::max(ids_.size(), size_of(cache.batch) * size_of(cache.prompt)));
    last_place_.resize(std::max(last_place_.size(), size_of(cache.batch)));
    next_ids_.resize(last_place_.size());
    logits_.resize(std::max(logits_.size(), size_of(cache.batch) * size_of(vocabulary_)));
  }
  passes_.clear();  // the memory may move
  const std::size_t bytes = tokens * static_cast<std::size_t>(kv_bytes_per_token());
  if (graph_.in_place && bytes > memory_.size()) {
    TRY(measure::check_fits_in_memory(bytes - memory_.size(), "the KV cache"));
    memory_.resize(bytes);
  }
  return {};
}

measure::CachedSteps::Chosen CpuSteps::start(const protocol::TokenBatch& prompt, const CacheShape& cache) {
  if (cache.batch != cache_.batch || cache.capacity != cache_.capacity) {
    passes_.clear();
  }
  cache_ = cache;
  total_length_ = 0;
  growing_.clear();
  run(pass_of(prompt.shape), prompt.ids);
  return {next_ids_.data(), size_of(cache.batch)};
}

measure::CachedSteps::Chosen CpuSteps::step(std::span<const std::int32_t> tokens) {
  run(pass_of({cache_.batch, 1}), tokens);
  return {next_ids_.data(), size_of(cache_.batch)};
}

measure::LogitsView CpuSteps::last_logits() const {
  return {logits_.data(), measure::ElementType::f32, cache_.batch, 1, vocabulary_};
}

std::int64_t CpuSteps::kv_bytes_per_token() const {
  return static_cast<std::int64_t>(graph_.tensors.size() * graph_.bytes_per_token());
}

CpuSteps::Pass& CpuSteps::pass_of(const Shape& shape) {
  const auto found =
      std::find_if(passes_.begin(), passes_.end(), [&](const Pass& pass) { return pass.shape == shape; });
  if (found != passes_.end()) {
    return *found;
  }
  Pass pass;
  pass.shape = shape;
  pass.binding = Ort::IoBinding(session_);
  pass.binding.BindInput("input_ids", tensor_over(ids_, {shape.batch, shape.length}));
  pass.binding.BindOutput("logits", tensor_over(logits_, {shape.batch, 1, vocabulary_}));
  pass.binding.BindOutput("next_ids", tensor_over(next_ids_, {shape.batch, 1}));
  if (graph_.in_place) {
    bind_in_place(pass);
  }
  return passes_.emplace_back(std::move(pass));
}

void CpuSteps::bind_in_place(Pass& pass) {
  pass.binding.BindInput("last_place", tensor_over(last_place_, {pass.shape.batch}));
  pass.binding.BindInput("total_length",
                         Ort::Value::CreateTensor<std::int32_t>(host(), &total_length_, 1, nullptr, 0));
  const auto shape = graph_.shape(cache_.batch, cache_.capacity);
  const std::size_t bytes = size_of(cache_.batch) * size_of(cache_.capacity) * graph_.bytes_per_token();
  std::byte* place = memory_.data();
  for (const CachedGraph::Tensor& tensor : graph_.tensors) {
    const auto over = [&] {
      return Ort::Value::CreateTensor(host(), place, bytes, shape.data(), shape.size(), graph_.type);
    };
    pass.binding.BindInput(tensor.past.c_str(), over());
    pass.binding.BindOutput(tensor.present.c_str(), over());
    place += bytes;
  }
}

void CpuSteps::run(Pass& pass, std::span<const std::int32_t> tokens) {
  std::copy(tokens.begin(), tokens.end(), ids_.begin());
  total_length_ += pass.shape.length;
  std::fill(last_place_.begin(), last_place_.end(), total_length_ - 1);
  if (!graph_.in_place) {
    growing_.bind(pass.binding, cache_.batch);
  }
  session_.Run(run_options_, pass.binding);
  if (!graph_.in_place) {
    growing_.take(pass.binding);
  }
}

}  // namespace inferscale::onnxruntime
