#include "cuda_steps.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "element_types.hpp"
#include "measure/pass_layout.hpp"

namespace inferscale::onnxruntime {

using measure::CachedSteps;
using protocol::CacheShape;
using worker::CudaBuffer;
using Place = worker::CudaBuffer::Place;

namespace {

constexpr int kWarmSteps = 4;  // ONNX Runtime allocates, records and then replays

}  // namespace

Result<void> CudaSteps::reserve(std::span<const CacheShape> caches) {
  for (const CacheShape& cache : caches) {
    const bool there =
        std::any_of(reserved_.begin(), reserved_.end(), [&](const auto& one) { return one->cache == cache; });
    if (there) {
      continue;
    }
    auto reserved = std::make_unique<Reserved>();
    reserved->cache = cache;
    TRY(allocate(*reserved));
    const std::size_t ids = size_of(cache.batch) * size_of(cache.prompt) * kIdBytes;
    const std::size_t logits = reserved->logits.bytes();
    const auto grow = [&](CudaBuffer& buffer, std::size_t bytes) -> Result<void> {
      if (buffer.bytes() < bytes) {
        TRY_ASSIGN(buffer, CudaBuffer::make(setting_.cuda, Place::pinned_host, bytes));
      }
      return {};
    };
    TRY(grow(ids_host_, ids));
    TRY(grow(chosen_host_, size_of(cache.batch) * kIdBytes));
    TRY(grow(last_place_host_, size_of(cache.batch) * kIdBytes));
    TRY(grow(logits_host_, logits));
    bind(*reserved, reserved->prompt, cache.prompt, reserved->ids.data());
    // The step reads its tokens where the last pass has put its choice, long before it overwrites them.
    bind(*reserved, reserved->step, 1, reserved->chosen.data());
    // Every step looks at the whole memory: a recorded graph keeps the length that it was recorded with.
    reserved->step.total_length = cache.capacity;
    reserved->prompt.total_length = cache.prompt;
    if (setting_.captures) {
      reserved->prompt.options.AddConfigEntry("gpu_graph_id", "-1");
      reserved->step.options.AddConfigEntry("gpu_graph_id", std::to_string(next_graph_++).c_str());
    }
    TRY(warm_up(*reserved));
    reserved_.push_back(std::move(reserved));
  }
  return {};
}

Result<void> CudaSteps::allocate(Reserved& reserved) const {
  const CacheShape& cache = reserved.cache;
  const std::size_t batch = size_of(cache.batch);
  const auto device = [&](std::size_t bytes) {
    return CudaBuffer::make(setting_.cuda, Place::device, bytes);
  };
  TRY_ASSIGN(reserved.keys_and_values,
             device(batch * size_of(cache.capacity) * static_cast<std::size_t>(kv_bytes_per_token())));
  TRY_ASSIGN(reserved.ids, device(batch * size_of(cache.prompt) * kIdBytes));
  TRY_ASSIGN(reserved.chosen, device(batch * kIdBytes));
  TRY_ASSIGN(reserved.last_place, device(batch * kIdBytes));
  TRY_ASSIGN(reserved.logits,
             device(batch * size_of(setting_.vocabulary) * measure::bytes_of(setting_.logits)));
  return {};
}

void CudaSteps::bind(Reserved& reserved, Pass& pass, int length, void* ids) const {
  const Ort::MemoryInfo device("Cuda", OrtDeviceAllocator, 0, OrtMemTypeDefault);
  const auto host = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const std::int64_t batch = reserved.cache.batch;
  const auto over = [&](void* data, std::size_t bytes, const std::vector<std::int64_t>& shape,
                        ONNXTensorElementDataType type) {
    return Ort::Value::CreateTensor(device, data, bytes, shape.data(), shape.size(), type);
  };
  const auto int32 = ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;
  const std::size_t batch_bytes = size_of(reserved.cache.batch) * kIdBytes;
  pass.binding = Ort::IoBinding(session_);
  pass.binding.BindInput("input_ids", over(ids, batch_bytes * size_of(length), {batch, length}, int32));
  pass.binding.BindInput("last_place", over(reserved.last_place.data(), batch_bytes, {batch}, int32));
  pass.binding.BindInput("total_length",
                         Ort::Value::CreateTensor<std::int32_t>(host, &pass.total_length, 1, nullptr, 0));
  pass.binding.BindOutput("logits", over(reserved.logits.data(), reserved.logits.bytes(),
                                         {batch, 1, setting_.vocabulary}, onnx_type(setting_.logits)));
  pass.binding.BindOutput("next_ids", over(reserved.chosen.data(), batch_bytes, {batch, 1}, int32));
  const auto shape = graph_.shape(batch, reserved.cache.capacity);
  const std::size_t bytes =
      size_of(reserved.cache.batch) * size_of(reserved.cache.capacity) * graph_.bytes_per_token();
  auto* place = static_cast<std::byte*>(reserved.keys_and_values.data());
  for (const CachedGraph::Tensor& tensor : graph_.tensors) {
    pass.binding.BindInput(tensor.past.c_str(), over(place, bytes, shape, graph_.type));
    pass.binding.BindOutput(tensor.present.c_str(), over(place, bytes, shape, graph_.type));
    place += bytes;
  }
  pass.options.SetRunLogSeverityLevel(ORT_LOGGING_LEVEL_ERROR);
  // Our own synchronisation follows the copy back: one is enough.
  pass.options.AddConfigEntry("disable_synchronize_execution_providers", "1");
}

/// Runs what allocates and records, so that no timed pass does.
Result<void> CudaSteps::warm_up(Reserved& reserved) {
  const CacheShape& cache = reserved.cache;
  current_ = &reserved;
  std::memset(ids_host_.data(), 0, ids_host_.bytes());
  const std::span<const std::int32_t> zeros(static_cast<const std::int32_t*>(ids_host_.data()),
                                            size_of(cache.batch) * size_of(cache.prompt));
  TRY(start({zeros, {cache.batch, cache.prompt}}, cache));
  for (int step_number = 0; step_number < kWarmSteps && length_ < cache.capacity; ++step_number) {
    TRY(step(zeros.first(size_of(cache.batch))));
  }
  return {};
}

Result<CachedSteps::Chosen> CudaSteps::start(const protocol::TokenBatch& prompt, const CacheShape& cache) {
  if (current_ == nullptr || current_->cache != cache) {
    const auto found = std::find_if(reserved_.begin(), reserved_.end(),
                                    [&](const auto& one) { return one->cache == cache; });
    if (found == reserved_.end()) {
      return fail("no cache was reserved for {} sequences of {} tokens", cache.batch, cache.capacity);
    }
    current_ = found->get();
  }
  const std::size_t bytes = prompt.ids.size_bytes();
  std::memmove(ids_host_.data(), prompt.ids.data(), bytes);
  TRY(setting_.cuda->copy_to_device(current_->ids.data(), ids_host_.data(), bytes, setting_.stream));
  length_ = prompt.shape.length;
  TRY(set_last_place(length_ - 1));
  return run(current_->prompt);
}

Result<CachedSteps::Chosen> CudaSteps::step(std::span<const std::int32_t> tokens) {
  if (!std::equal(tokens.begin(), tokens.end(), static_cast<const std::int32_t*>(chosen_host_.data()))) {
    std::memcpy(ids_host_.data(), tokens.data(), tokens.size_bytes());
    TRY(setting_.cuda->copy_to_device(current_->chosen.data(), ids_host_.data(), tokens.size_bytes(),
                                      setting_.stream));
  }
  TRY(set_last_place(length_));
  ++length_;
  return run(current_->step);
}

/// The last pass is over, so its input may be overwritten.
Result<void> CudaSteps::set_last_place(std::int32_t place) {
  const auto batch = size_of(current_->cache.batch);
  auto* places = static_cast<std::int32_t*>(last_place_host_.data());
  std::fill_n(places, batch, place);
  return setting_.cuda->copy_to_device(current_->last_place.data(), places, batch * kIdBytes,
                                       setting_.stream);
}

Result<CachedSteps::Chosen> CudaSteps::run(Pass& pass) {
  session_.Run(pass.options, pass.binding);
  const auto batch = size_of(current_->cache.batch);
  TRY(setting_.cuda->copy_to_host(chosen_host_.data(), current_->chosen.data(), batch * kIdBytes,
                                  setting_.stream));
  TRY(setting_.cuda->synchronize(setting_.stream));
  return CachedSteps::Chosen(static_cast<const std::int32_t*>(chosen_host_.data()), batch);
}

Result<measure::LogitsView> CudaSteps::last_logits() {
  TRY(setting_.cuda->copy_to_host(logits_host_.data(), current_->logits.data(), current_->logits.bytes(),
                                  setting_.stream));
  TRY(setting_.cuda->synchronize(setting_.stream));
  return measure::LogitsView{logits_host_.data(), setting_.logits, current_->cache.batch, 1,
                             setting_.vocabulary};
}

std::int64_t CudaSteps::kv_bytes_per_token() const {
  return static_cast<std::int64_t>(graph_.tensors.size() * graph_.bytes_per_token());
}

}  // namespace inferscale::onnxruntime
