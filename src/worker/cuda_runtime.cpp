#include "worker/cuda_runtime.hpp"

#include <algorithm>
#include <utility>

#include "worker/gpu_errors.hpp"

namespace inferscale::worker {
namespace {

constexpr unsigned kStreamNonBlocking = 1;
constexpr unsigned kScheduleAuto = 0;
constexpr unsigned kScheduleSpin = 1;
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
  bool all = true;
  const auto find = [&](auto*& function, const char* name) {
    function = library_.find<std::remove_pointer_t<std::remove_reference_t<decltype(function)>>>(name);
    all = all && function != nullptr;
  };
  find(call_.device_count, "cudaGetDeviceCount");
  find(call_.device_properties, "cudaGetDeviceProperties");
  find(call_.device_attribute, "cudaDeviceGetAttribute");
  find(call_.driver_version, "cudaDriverGetVersion");
  find(call_.runtime_version, "cudaRuntimeGetVersion");
  find(call_.set_device_flags, "cudaSetDeviceFlags");
  find(call_.set_device, "cudaSetDevice");
  find(call_.memory_info, "cudaMemGetInfo");
  find(call_.stream_create, "cudaStreamCreateWithFlags");
  find(call_.stream_synchronize, "cudaStreamSynchronize");
  find(call_.malloc, "cudaMalloc");
  find(call_.malloc_host, "cudaMallocHost");
  find(call_.free, "cudaFree");
  find(call_.free_host, "cudaFreeHost");
  find(call_.copy_async, "cudaMemcpyAsync");
  find(call_.copy_2d_async, "cudaMemcpy2DAsync");
  find(call_.set_async, "cudaMemsetAsync");
  find(call_.begin_capture, "cudaStreamBeginCapture");
  find(call_.end_capture, "cudaStreamEndCapture");
  find(call_.graph_instantiate, "cudaGraphInstantiateWithFlags");
  find(call_.graph_upload, "cudaGraphUpload");
  find(call_.graph_launch, "cudaGraphLaunch");
  find(call_.graph_destroy, "cudaGraphDestroy");
  find(call_.graph_exec_destroy, "cudaGraphExecDestroy");
  find(call_.error_string, "cudaGetErrorString");
  find(call_.last_error, "cudaGetLastError");
  if (!all) {
    return fail_as(Outcome::unsupported,
                   "the CUDA runtime library here lacks functions that every release has");
  }
  return {};
}

Result<void> CudaRuntime::check(int code, const std::string& what) const {
  if (code == 0) {
    return {};
  }
  [[maybe_unused]] const int cleared = call_.last_error();
  const char* words = call_.error_string(code);
  return fail_as(classify_gpu_error(words, Outcome::error), "CUDA: {}: {}", what, words);
}

Result<void> CudaRuntime::start_device(bool spin) const {
  TRY(check(call_.set_device_flags(spin ? kScheduleSpin : kScheduleAuto), "cannot set flags of the device"));
  return check(call_.set_device(0), "cannot start the GPU");
}

std::size_t CudaRuntime::free_bytes() const {
  std::size_t free = 0;
  std::size_t total = 0;
  return call_.memory_info(&free, &total) == 0 ? free : 0;
}

Result<void*> CudaRuntime::make_stream() const {
  void* stream = nullptr;
  TRY(check(call_.stream_create(&stream, kStreamNonBlocking), "cannot make a stream"));
  return stream;
}

/// One byte at least: an allocation of none gives no address.
Result<void*> CudaRuntime::allocate(std::size_t bytes) const {
  void* data = nullptr;
  TRY(check(call_.malloc(&data, std::max<std::size_t>(bytes, 1)),
            fmt::format("cannot allocate {} MiB of device memory", bytes >> 20U)));
  return data;
}

Result<void*> CudaRuntime::allocate_pinned(std::size_t bytes) const {
  void* data = nullptr;
  TRY(check(call_.malloc_host(&data, std::max<std::size_t>(bytes, 1)),
            fmt::format("cannot allocate {} MiB of pinned host memory", bytes >> 20U)));
  return data;
}

Result<void> CudaRuntime::copy(void* to, const void* from, std::size_t bytes, int kind, void* stream) const {
  return check(call_.copy_async(to, from, bytes, kind, stream), "cannot copy");
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

Result<void> CudaRuntime::copy_rows(void* to, std::size_t to_pitch, const void* from, std::size_t from_pitch,
                                    Rows rows, void* stream) const {
  return check(
      call_.copy_2d_async(to, to_pitch, from, from_pitch, rows.bytes, rows.count, kDeviceToDevice, stream),
      "cannot copy");
}

Result<void> CudaRuntime::clear(void* device, std::size_t bytes, void* stream) const {
  return check(call_.set_async(device, 0, bytes, stream), "cannot clear memory");
}

Result<void> CudaRuntime::synchronize(void* stream) const {
  return check(call_.stream_synchronize(stream), "the device failed");
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
