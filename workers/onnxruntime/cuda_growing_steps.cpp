#include "cuda_growing_steps.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "element_types.hpp"
#include "measure/pass_layout.hpp"

namespace inferscale::onnxruntime {

using measure::CachedSteps;
using protocol::CacheShape;
using worker::CudaBuffer;
using Place = worker::CudaBuffer::Place;

namespace {

Ort::MemoryInfo device() {
  return {"Cuda", OrtDeviceAllocator, 0, OrtMemTypeDefault};
}

}  // namespace

CudaGrowingSteps::CudaGrowingSteps(Ort::Session& session, CachedGraph graph, CudaStepsSetting setting)
    : session_(session), graph_(std::move(graph)), setting_(std::move(setting)), cache_(graph_, device()) {
  run_options_.SetRunLogSeverityLevel(ORT_LOGGING_LEVEL_ERROR);
  if (setting_.captures) {
    run_options_.AddConfigEntry("gpu_graph_id", "-1");  // no CUDA graph
  }
}

Result<void> CudaGrowingSteps::reserve(std::span<const CacheShape> caches) {
  std::size_t batch = 0;
  std::size_t ids = 0;
  for (const CacheShape& cache : caches) {
    TRY(check_fits(cache));
    batch = std::max(batch, size_of(cache.batch));
    ids = std::max(ids, size_of(cache.batch) * size_of(cache.prompt));
  }
  const auto grow = [&](CudaBuffer& buffer, Place place, std::size_t bytes) -> Result<void> {
    if (buffer.bytes() < bytes) {
      TRY_ASSIGN(buffer, CudaBuffer::make(setting_.cuda, place, bytes));
    }
    return {};
  };
  const std::size_t logits = batch * size_of(setting_.vocabulary) * measure::bytes_of(setting_.logits);
  TRY(grow(ids_, Place::device, ids * kIdBytes));
  TRY(grow(ids_host_, Place::pinned_host, ids * kIdBytes));
  TRY(grow(chosen_, Place::device, batch * kIdBytes));
  TRY(grow(chosen_host_, Place::pinned_host, batch * kIdBytes));
  TRY(grow(logits_, Place::device, logits));
  TRY(grow(logits_host_, Place::pinned_host, logits));
  // What a first pass of a shape allocates and chooses is not timed.
  for (const CacheShape& cache : caches) {
    const std::vector<std::int32_t> zeros(size_of(cache.batch) * size_of(cache.prompt), 0);
    TRY(start({zeros, {cache.batch, cache.prompt}}, cache));
    if (cache.capacity > cache.prompt) {
      TRY(step(std::span(zeros).first(size_of(cache.batch))));
    }
  }
  return {};
}

/// A pass holds the cache that it took and the longer one that it gives.
Result<void> CudaGrowingSteps::check_fits(const CacheShape& cache) const {
  const std::size_t needed =
      2 * size_of(cache.batch) * size_of(cache.capacity) * static_cast<std::size_t>(kv_bytes_per_token());
  if (const std::size_t there = setting_.cuda->free_bytes(); there != 0 && needed > there) {
    return fail_as(Outcome::out_of_memory,
                   "the cache of {} sequences of {} tokens takes {} bytes of the GPU, which has {} left",
                   cache.batch, cache.capacity, needed, there);
  }
  return {};
}

Result<CachedSteps::Chosen> CudaGrowingSteps::start(const protocol::TokenBatch& prompt,
                                                    const CacheShape& cache) {
  cache_.clear();
  batch_ = cache.batch;
  return run(prompt.ids, prompt.shape.length);
}

Result<CachedSteps::Chosen> CudaGrowingSteps::step(std::span<const std::int32_t> tokens) {
  return run(tokens, 1);
}

Result<CachedSteps::Chosen> CudaGrowingSteps::run(std::span<const std::int32_t> tokens, int length) {
  std::memcpy(ids_host_.data(), tokens.data(), tokens.size_bytes());
  TRY(setting_.cuda->copy_to_device(ids_.data(), ids_host_.data(), tokens.size_bytes(), setting_.stream));
  const Ort::MemoryInfo memory = device();
  const auto over = [&](const CudaBuffer& buffer, std::size_t bytes, const std::vector<std::int64_t>& shape,
                        ONNXTensorElementDataType type) {
    return Ort::Value::CreateTensor(memory, buffer.data(), bytes, shape.data(), shape.size(), type);
  };
  const auto int32 = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;
  const std::int64_t batch = batch_;
  const std::size_t chosen_bytes = size_of(batch_) * kIdBytes;
  const std::size_t logits_bytes =
      size_of(batch_) * size_of(setting_.vocabulary) * measure::bytes_of(setting_.logits);
  Ort::IoBinding binding(session_);
  binding.BindInput("input_ids", over(ids_, tokens.size_bytes(), {batch, length}, int32));
  binding.BindOutput(
      "logits", over(logits_, logits_bytes, {batch, 1, setting_.vocabulary}, onnx_type(setting_.logits)));
  binding.BindOutput("next_ids", over(chosen_, chosen_bytes, {batch, 1}, int32));
  cache_.bind(binding, batch);
  session_.Run(run_options_, binding);
  cache_.take(binding);
  TRY(setting_.cuda->copy_to_host(chosen_host_.data(), chosen_.data(), chosen_bytes, setting_.stream));
  TRY(setting_.cuda->synchronize(setting_.stream));
  return CachedSteps::Chosen(static_cast<const std::int32_t*>(chosen_host_.data()), size_of(batch_));
}

Result<measure::LogitsView> CudaGrowingSteps::last_logits() {
  const std::size_t bytes =
      size_of(batch_) * size_of(setting_.vocabulary) * measure::bytes_of(setting_.logits);
  TRY(setting_.cuda->copy_to_host(logits_host_.data(), logits_.data(), bytes, setting_.stream));
  TRY(setting_.cuda->synchronize(setting_.stream));
  return measure::LogitsView{logits_host_.data(), setting_.logits, batch_, 1, setting_.vocabulary};
}

std::int64_t CudaGrowingSteps::kv_bytes_per_token() const {
  return static_cast<std::int64_t>(graph_.tensors.size() * graph_.bytes_per_token());
}

}  // namespace inferscale::onnxruntime
