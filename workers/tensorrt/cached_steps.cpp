#include "cached_steps.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "core/clock.hpp"
#include "logger.hpp"
#include "measure/pass_layout.hpp"

namespace inferscale::tensorrt {

using measure::CachedSteps;
using protocol::CacheShape;
using worker::CudaBuffer;
using Place = worker::CudaBuffer::Place;

namespace {

constexpr std::size_t kIdBytes = sizeof(std::int32_t);
constexpr std::size_t kAlignment = 256;  // of a tensor's address, as CUDA's allocations have it

std::size_t size_of(int value) {
  return static_cast<std::size_t>(value);
}

std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

/// Where the place lies behind the tokens.
std::size_t place_offset(const CacheShape& cache) {
  return aligned(size_of(cache.batch) * kIdBytes);
}

void* at(const CudaBuffer& buffer, std::size_t offset) {
  return static_cast<std::byte*>(buffer.data()) + offset;
}

}  // namespace

Result<void> TensorRtSteps::reserve(std::span<const CacheShape> caches) {
  for (const CacheShape& cache : caches) {
    const bool there =
        std::any_of(reserved_.begin(), reserved_.end(), [&](const auto& one) { return one->cache == cache; });
    if (!there) {
      TRY_ASSIGN(auto reserved, make(cache));
      reserved_.push_back(std::move(reserved));
    }
  }
  return {};
}

Result<std::unique_ptr<TensorRtSteps::Reserved>> TensorRtSteps::make(const CacheShape& cache) const {
  const auto started = Clock::now();
  const auto prompt = find_pass(engine_.passes, prompt_pass(cache));
  const auto step = find_step(engine_.passes, cache);
  if (!prompt || !step) {
    return tl::unexpected(no_pass_for(engine_.passes, cache));
  }
  auto reserved = std::make_unique<Reserved>();
  reserved->cache = cache;
  TRY_ASSIGN(reserved->prompt, make_pass(*prompt));
  if (cache.capacity > cache.prompt) {
    TRY_ASSIGN(reserved->step, make_pass(*step));
  }
  TRY(allocate(*reserved));
  TRY(bind_passes(*reserved));
  TRY(warm_up(*reserved));
  reserved->prepare_s = seconds_since(started);
  return reserved;
}

Result<TensorRtSteps::Pass> TensorRtSteps::make_pass(std::size_t profile) const {
  Pass pass;
  pass.shapes = engine_.passes[profile];
  const protocol::Shape shape{pass.shapes.batch, pass.shapes.length};
  TRY_ASSIGN(pass.context, make_context(engine_, profile, shape, stream_));
  nvinfer1::Dims ids{};
  ids.nbDims = 2;
  ids.d[0] = shape.batch;
  ids.d[1] = shape.length;
  nvinfer1::Dims cache{};
  cache.nbDims = 4;
  cache.d[0] = shape.batch;
  cache.d[1] = engine_.kv_heads;
  cache.d[2] = pass.shapes.capacity;
  cache.d[3] = engine_.head_size;
  logger().begin();
  bool taken = pass.context->setInputShape(engine_.input.c_str(), ids);
  for (const CacheTensor& tensor : engine_.cache) {
    taken = taken && pass.context->setInputShape(tensor.past.c_str(), cache);
  }
  if (!taken) {
    return refused(shape, "setting the inputs");
  }
  pass.scratch_bytes = pass.context->updateDeviceMemorySizeForShapes();
  return pass;
}

Result<void> TensorRtSteps::allocate(Reserved& reserved) const {
  const CacheShape& cache = reserved.cache;
  const worker::CudaRuntime& cuda = *stream_.cuda;
  const std::size_t ids = size_of(cache.batch) * kIdBytes;
  const std::size_t prompt_ids = ids * size_of(cache.prompt);
  const std::size_t logits = size_of(cache.batch) * size_of(vocabulary_) * measure::bytes_of(engine_.element);
  const std::size_t tokens = reserved.step ? cache_bytes(reserved.step.shapes) : 0;
  const std::size_t prompt = cache_bytes(reserved.prompt.shapes);
  const std::size_t scratch = std::max(reserved.prompt.scratch_bytes, reserved.step.scratch_bytes);
  const std::size_t needed = tokens + prompt + logits + scratch;
  if (const std::size_t there = cuda.free_bytes(); there != 0 && needed > there) {
    return fail_as(
        Outcome::out_of_memory,
        "the cache of {} sequences of {} tokens and what a pass needs beside it take {} bytes of the "
        "GPU, which has {} left",
        cache.batch, cache.capacity, needed, there);
  }
  const auto make = [&](CudaBuffer& buffer, Place place, std::size_t bytes) -> Result<void> {
    TRY_ASSIGN(buffer, CudaBuffer::make(stream_.cuda, place, std::max(bytes, kIdBytes)));
    return {};
  };
  TRY(make(reserved.keys_and_values, Place::device, tokens));
  TRY(make(reserved.prompt_keys_and_values, Place::device, prompt));
  TRY(make(reserved.inputs, Place::device, place_offset(cache) + kIdBytes));
  TRY(make(reserved.outputs, Place::device, place_offset(cache) + kIdBytes));
  TRY(make(reserved.logits, Place::device, logits));
  TRY(make(reserved.scratch, Place::device, scratch));
  TRY(make(reserved.prompt_ids, Place::device, prompt_ids));
  TRY(make(reserved.prompt_place, Place::device, kIdBytes));
  TRY(make(reserved.ids_host, Place::pinned_host, prompt_ids));
  TRY(make(reserved.chosen_host, Place::pinned_host, ids));
  TRY(make(reserved.logits_host, Place::pinned_host, logits));
  // Rows that no token has written are masked, but what is no number would come through the mask.
  TRY(cuda.clear(reserved.keys_and_values.data(), reserved.keys_and_values.bytes(), stream_.stream));
  TRY(cuda.clear(reserved.prompt_keys_and_values.data(), reserved.prompt_keys_and_values.bytes(),
                 stream_.stream));
  const std::int32_t last = cache.prompt - 1;
  TRY(cuda.copy_to_device(reserved.prompt_place.data(), &last, kIdBytes, stream_.stream));
  return stream_.synchronize();
}

/// Past and present of a layer are one memory: the pass writes its own rows of it.
Result<void> TensorRtSteps::bind(const Reserved& reserved, const Pass& pass, const CudaBuffer& cache,
                                 void* ids, void* place) const {
  nvinfer1::IExecutionContext& context = *pass.context;
  logger().begin();
  context.setDeviceMemoryV2(reserved.scratch.data(), static_cast<std::int64_t>(reserved.scratch.bytes()));
  bool taken = context.setTensorAddress(engine_.input.c_str(), ids) &&
               context.setTensorAddress(kLastPlace, place) &&
               context.setTensorAddress(engine_.output.c_str(), reserved.logits.data()) &&
               context.setTensorAddress(kNextIds, reserved.outputs.data()) &&
               context.setTensorAddress(kNextPlace, at(reserved.outputs, place_offset(reserved.cache)));
  std::size_t offset = 0;
  for (const CacheTensor& tensor : engine_.cache) {
    taken = taken && context.setTensorAddress(tensor.past.c_str(), at(cache, offset)) &&
            context.setTensorAddress(tensor.present.c_str(), at(cache, offset));
    offset += aligned(tensor_bytes(pass.shapes));
  }
  if (!taken) {
    return refused({pass.shapes.batch, pass.shapes.length}, "setting addresses");
  }
  return {};
}

Result<void> TensorRtSteps::bind_passes(const Reserved& reserved) const {
  TRY(bind(reserved, reserved.prompt, reserved.prompt_keys_and_values, reserved.prompt_ids.data(),
           reserved.prompt_place.data()));
  if (!reserved.step) {
    return {};
  }
  return bind(reserved, reserved.step, reserved.keys_and_values, reserved.inputs.data(),
              at(reserved.inputs, place_offset(reserved.cache)));
}

/// The first run of a pass does what depends on the shape, and must not be recorded. A prompt goes before
/// each step, which else would stand at a place that the model may not have.
Result<void> TensorRtSteps::warm_up(Reserved& reserved) const {
  std::memset(reserved.ids_host.data(), 0, reserved.ids_host.bytes());
  const auto prompt = [&] { return enqueue_prompt(reserved); };
  const auto step = [&] { return enqueue_step(reserved); };
  TRY(run_once(prompt));
  TRY(record(reserved.prompt, prompt));
  if (!reserved.step) {
    return {};
  }
  TRY(run_once(step));
  TRY(run_once(prompt));
  return record(reserved.step, step);
}

Result<void> TensorRtSteps::run_once(const std::function<Result<void>()>& enqueue) const {
  TRY(enqueue());
  return stream_.synchronize();
}

Result<void> TensorRtSteps::record(Pass& pass, const std::function<Result<void>()>& enqueue) const {
  if (!cuda_graphs_) {
    return {};
  }
  auto captured = worker::CudaGraph::capture(stream_.cuda, stream_.stream, enqueue);
  if (captured) {
    pass.graph = std::move(*captured);
  } else {
    std::fputs(fmt::format("no CUDA graph for [{}, {}] over a cache of {}: {}\n", pass.shapes.batch,
                           pass.shapes.length, pass.shapes.capacity, captured.error().message)
                   .c_str(),
               stderr);
  }
  return {};
}

/// The prompt's keys and values go on to where there is room for more.
Result<void> TensorRtSteps::enqueue_prompt(const Reserved& reserved) const {
  const worker::CudaRuntime& cuda = *stream_.cuda;
  const CachePass& from = reserved.prompt.shapes;
  TRY(cuda.copy_to_device(reserved.prompt_ids.data(), reserved.ids_host.data(), reserved.prompt_ids.bytes(),
                          stream_.stream));
  if (!reserved.prompt.context->enqueueV3(stream_.native())) {
    return refused({from.batch, from.length}, "running the engine");
  }
  if (reserved.step) {
    TRY(enqueue_move(reserved));
  }
  return enqueue_results(reserved);
}

/// Every head of every sequence of a tensor lies behind the one before, and so do mostly the tensors: then
/// one copy moves them all.
Result<void> TensorRtSteps::enqueue_move(const Reserved& reserved) const {
  const CachePass& from = reserved.prompt.shapes;
  const CachePass& to = reserved.step.shapes;
  const std::size_t from_stride = aligned(tensor_bytes(from));
  const std::size_t to_stride = aligned(tensor_bytes(to));
  const bool at_once = from_stride == tensor_bytes(from) && to_stride == tensor_bytes(to);
  const std::size_t copies = at_once ? 1 : engine_.cache.size();
  const std::size_t heads = size_of(from.batch) * size_of(engine_.kv_heads);
  const std::size_t width = size_of(from.capacity) * bytes_per_row();
  const std::size_t pitch = size_of(to.capacity) * bytes_per_row();
  for (std::size_t copy = 0; copy < copies; ++copy) {
    TRY(stream_.cuda->copy_rows(at(reserved.keys_and_values, copy * to_stride), pitch,
                                at(reserved.prompt_keys_and_values, copy * from_stride), width,
                                {width, heads * (at_once ? engine_.cache.size() : 1)}, stream_.stream));
  }
  return {};
}

Result<void> TensorRtSteps::enqueue_step(const Reserved& reserved) const {
  if (!reserved.step.context->enqueueV3(stream_.native())) {
    return refused({reserved.cache.batch, 1}, "running the engine");
  }
  return enqueue_results(reserved);
}

Result<void> TensorRtSteps::enqueue_results(const Reserved& reserved) const {
  const worker::CudaRuntime& cuda = *stream_.cuda;
  TRY(cuda.copy_on_device(reserved.inputs.data(), reserved.outputs.data(), reserved.outputs.bytes(),
                          stream_.stream));
  return cuda.copy_to_host(reserved.chosen_host.data(), reserved.outputs.data(), reserved.chosen_host.bytes(),
                           stream_.stream);
}

Result<CachedSteps::Chosen> TensorRtSteps::start(const protocol::TokenBatch& prompt,
                                                 const CacheShape& cache) {
  if (current_ == nullptr || current_->cache != cache) {
    const auto found = std::find_if(reserved_.begin(), reserved_.end(),
                                    [&](const auto& one) { return one->cache == cache; });
    if (found == reserved_.end()) {
      return fail("no cache was reserved for {} sequences of {} tokens", cache.batch, cache.capacity);
    }
    current_ = found->get();
  }
  std::memmove(current_->ids_host.data(), prompt.ids.data(), prompt.ids.size_bytes());
  length_ = prompt.shape.length;
  TRY(current_->prompt.graph ? current_->prompt.graph.launch(stream_.stream) : enqueue_prompt(*current_));
  return finished();
}

Result<CachedSteps::Chosen> TensorRtSteps::step(std::span<const std::int32_t> tokens) {
  if (length_ >= current_->cache.capacity) {
    return fail("the cache has room for {} tokens a sequence, and they are there", current_->cache.capacity);
  }
  const auto* const chosen = static_cast<const std::int32_t*>(current_->chosen_host.data());
  if (!std::equal(tokens.begin(), tokens.end(), chosen)) {
    std::memmove(current_->ids_host.data(), tokens.data(), tokens.size_bytes());
    TRY(stream_.cuda->copy_to_device(current_->inputs.data(), current_->ids_host.data(), tokens.size_bytes(),
                                     stream_.stream));
  }
  ++length_;
  TRY(current_->step.graph ? current_->step.graph.launch(stream_.stream) : enqueue_step(*current_));
  return finished();
}

Result<CachedSteps::Chosen> TensorRtSteps::finished() const {
  TRY(stream_.synchronize());
  return CachedSteps::Chosen(static_cast<const std::int32_t*>(current_->chosen_host.data()),
                             size_of(current_->cache.batch));
}

Result<measure::LogitsView> TensorRtSteps::last_logits() {
  TRY(stream_.cuda->copy_to_host(current_->logits_host.data(), current_->logits.data(),
                                 current_->logits.bytes(), stream_.stream));
  TRY(stream_.synchronize());
  return measure::LogitsView{current_->logits_host.data(), engine_.element, current_->cache.batch, 1,
                             vocabulary_};
}

std::size_t TensorRtSteps::bytes_per_row() const {
  return size_of(engine_.head_size) * engine_.cache_element_bytes;
}

std::size_t TensorRtSteps::tensor_bytes(const CachePass& shapes) const {
  return size_of(shapes.batch) * size_of(engine_.kv_heads) * size_of(shapes.capacity) * bytes_per_row();
}

std::size_t TensorRtSteps::cache_bytes(const CachePass& shapes) const {
  return engine_.cache.size() * aligned(tensor_bytes(shapes));
}

std::int64_t TensorRtSteps::kv_bytes_per_token() const {
  return static_cast<std::int64_t>(engine_.cache.size() * size_of(engine_.kv_heads) * bytes_per_row());
}

Json TensorRtSteps::details() const {
  Json list = Json::array();
  for (const auto& one : reserved_) {
    list.push_back({{"batch", one->cache.batch},
                    {"prompt", one->cache.prompt},
                    {"capacity", one->step ? one->step.shapes.capacity : one->cache.prompt},
                    {"kv_bytes", one->keys_and_values.bytes()},
                    {"prompt_kv_bytes", one->prompt_keys_and_values.bytes()},
                    {"scratch_bytes", one->scratch.bytes()},
                    {"prepare_s", one->prepare_s},
                    {"cuda_graph", static_cast<bool>(one->step ? one->step.graph : one->prompt.graph)}});
  }
  return Json{{"caches", std::move(list)}};
}

}  // namespace inferscale::tensorrt
