#include "worker/cuda_runtime.hpp"

#include <utility>

#include "worker/gpu_errors.hpp"

namespace inferscale::worker {
namespace {

constexpr unsigned kStreamNonBlocking = 1;
constexpr int kHostToDevice = 1;
constexpr int kDeviceToHost = 2;
constexpr int kDeviceToDevice = 3;

}  // namespace

Result<std::shared_ptr<const CudaRuntime>> CudaRuntime::open(int major) {
  const auto name = fmt::format("libcudart.so.{}", major);
  auto library = SharedLibrary::open(name);
  if (!library) {
    return fail_as(Outcome::unsupported,
                   "{}: install CUDA {}'s runtime, or put its folder into LD_LIBRARY_PATH",
                   library.error().message, major);
  }
  std::shared_ptr<CudaRuntime> cuda(new CudaRuntime(*library));
  TRY(cuda->find_functions());
  return std::shared_ptr<const CudaRuntime>(std::move(cuda));
}

Result<void> CudaRuntime::find_functions() {
  const auto find = [&](auto*& function, const char* name) {
    function = library_.find<std::remove_pointer_t<std::remove_reference_t<decltype(function)>>>(name);
    return function != nullptr;
  };
  const bool all = find(stream_create_, "cudaStreamCreateWithFlags") && find(malloc_, "cudaMalloc") &&
                   find(malloc_host_, "cudaMallocHost") && find(free_, "cudaFree") &&
                   find(free_host_, "cudaFreeHost") && find(copy_async_, "cudaMemcpyAsync") &&
                   find(stream_synchronize_, "cudaStreamSynchronize") &&
                   find(error_string_, "cudaGetErrorString");
  if (!all) {
    return fail_as(Outcome::unsupported,
                   "the CUDA runtime library here lacks functions that every release has");
  }
  return {};
}

Result<void> CudaRuntime::check(int code, const char* what) const {
  if (code == 0) {
    return {};
  }
  const char* words = error_string_(code);
  return fail_as(classify_gpu_error(words, Outcome::error), "CUDA: {}: {}", what, words);
}

Result<void*> CudaRuntime::make_stream() const {
  void* stream = nullptr;
  TRY(check(stream_create_(&stream, kStreamNonBlocking), "cannot make a stream"));
  return stream;
}

Result<void*> CudaRuntime::allocate(std::size_t bytes) const {
  void* data = nullptr;
  TRY(check(malloc_(&data, bytes), "cannot allocate device memory"));
  return data;
}

Result<void*> CudaRuntime::allocate_pinned(std::size_t bytes) const {
  void* data = nullptr;
  TRY(check(malloc_host_(&data, bytes), "cannot allocate pinned host memory"));
  return data;
}

void CudaRuntime::free(void* device) const {
  free_(device);
}

void CudaRuntime::free_pinned(void* host) const {
  free_host_(host);
}

Result<void> CudaRuntime::copy(void* to, const void* from, std::size_t bytes, int kind, void* stream) const {
  return check(copy_async_(to, from, bytes, kind, stream), "cannot copy");
}

Result<void> CudaRuntime::copy_to_device(void* device, const void* host, std::size_t bytes,
                                         void* stream) const {
  return copy(device, host, bytes, kHostToDevice, stream);
}

Result<void> CudaRuntime::copy_to_host(void* host, const void* device, std::size_t bytes,
                                       void* stream) const {
  return copy(host, device, bytes, kDeviceToHost, stream);
}

Result<void> CudaRuntime::copy_on_device(void* to, const void* from, std::size_t bytes, void* stream) const {
  return copy(to, from, bytes, kDeviceToDevice, stream);
}

Result<void> CudaRuntime::synchronize(void* stream) const {
  return check(stream_synchronize_(stream), "the device failed");
}

Result<CudaBuffer> CudaBuffer::make(std::shared_ptr<const CudaRuntime> cuda, Place place, std::size_t bytes) {
  CudaBuffer buffer;
  TRY_ASSIGN(buffer.data_, place == Place::device ? cuda->allocate(bytes) : cuda->allocate_pinned(bytes));
  buffer.cuda_ = std::move(cuda);
  buffer.place_ = place;
  buffer.bytes_ = bytes;
  return buffer;
}

CudaBuffer::CudaBuffer(CudaBuffer&& other) noexcept {
  *this = std::move(other);
}

CudaBuffer& CudaBuffer::operator=(CudaBuffer&& other) noexcept {
  std::swap(cuda_, other.cuda_);
  std::swap(place_, other.place_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

CudaBuffer::~CudaBuffer() {
  if (data_ == nullptr) {
    return;
  }
  if (place_ == Place::device) {
    cuda_->free(data_);
  } else {
    cuda_->free_pinned(data_);
  }
}

}  // namespace inferscale::worker
