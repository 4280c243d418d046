#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/error.hpp"
#include "core/shared_library.hpp"

// The few functions of the CUDA runtime that workers take, found at run time in a library of the release that
// their own runtime was built for: so a worker needs neither CUDA's headers nor a GPU to be built, and runs
// where there is none. C ABI after NVIDIA's "CUDA Runtime API" reference.

namespace inferscale::worker {

/// CUDA's device 0 (CUDA_VISIBLE_DEVICES chooses).
struct CudaDevice {
  std::string name;          ///< "NVIDIA H200"
  std::string architecture;  ///< "sm_90"
};

/// A CUDA error is Outcome::out_of_memory, unsupported or error, by its words. Streams, graphs and their
/// executables are passed as the pointers that they are in CUDA's headers.
class CudaRuntime {
 public:
  /// libcudart.so.<major>. Outcome::unsupported where it is missing.
  static Result<std::shared_ptr<const CudaRuntime>> open(int major);

  /// Makes no context. Outcome::unsupported, in words to act on, where there is no GPU or no driver for it.
  [[nodiscard]] Result<CudaDevice> first_device() const;
  /// Starts the first device. `spin`: a thread that waits for the GPU keeps its CPU. To be called before
  /// anything else makes the context: the flag holds from then on.
  [[nodiscard]] Result<void> start_device(bool spin) const;
  /// Of the device; 0 when it cannot be asked.
  [[nodiscard]] std::size_t free_bytes() const;

  [[nodiscard]] Result<void*> make_stream() const;
  [[nodiscard]] Result<void*> allocate(std::size_t bytes) const;
  [[nodiscard]] Result<void*> allocate_pinned(std::size_t bytes) const;
  void free(void* device) const { call_.free(device); }
  void free_pinned(void* host) const { call_.free_host(host); }
  [[nodiscard]] Result<void> copy_to_device(void* device, const void* host, std::size_t bytes,
                                            void* stream) const;
  [[nodiscard]] Result<void> copy_to_host(void* host, const void* device, std::size_t bytes,
                                          void* stream) const;
  [[nodiscard]] Result<void> copy_on_device(void* to, const void* from, std::size_t bytes,
                                            void* stream) const;
  struct Rows {
    std::size_t bytes = 0;  ///< of one
    std::size_t count = 0;
  };
  /// On the device. A pitch is from the start of a row to the start of the next, in bytes.
  [[nodiscard]] Result<void> copy_rows(void* to, std::size_t to_pitch, const void* from,
                                       std::size_t from_pitch, Rows rows, void* stream) const;
  /// To zeros, on the device.
  [[nodiscard]] Result<void> clear(void* device, std::size_t bytes, void* stream) const;
  [[nodiscard]] Result<void> synchronize(void* stream) const;

 private:
  friend class CudaGraph;

  /// By CUDA's names.
  struct Functions {
    int (*device_count)(int*) = nullptr;
    int (*device_properties)(void*, int) = nullptr;
    int (*device_attribute)(int*, int, int) = nullptr;
    int (*driver_version)(int*) = nullptr;
    int (*runtime_version)(int*) = nullptr;
    int (*set_device_flags)(unsigned) = nullptr;
    int (*set_device)(int) = nullptr;
    int (*memory_info)(std::size_t*, std::size_t*) = nullptr;
    int (*stream_create)(void**, unsigned) = nullptr;
    int (*stream_synchronize)(void*) = nullptr;
    int (*malloc)(void**, std::size_t) = nullptr;
    int (*malloc_host)(void**, std::size_t) = nullptr;
    int (*free)(void*) = nullptr;
    int (*free_host)(void*) = nullptr;
    int (*copy_async)(void*, const void*, std::size_t, int, void*) = nullptr;
    int (*copy_2d_async)(void*, std::size_t, const void*, std::size_t, std::size_t, std::size_t, int,
                         void*) = nullptr;
    int (*set_async)(void*, int, std::size_t, void*) = nullptr;
    int (*begin_capture)(void*, int) = nullptr;
    int (*end_capture)(void*, void**) = nullptr;
    int (*graph_instantiate)(void**, void*, unsigned long long) = nullptr;
    int (*graph_upload)(void*, void*) = nullptr;
    int (*graph_launch)(void*, void*) = nullptr;
    int (*graph_destroy)(void*) = nullptr;
    int (*graph_exec_destroy)(void*) = nullptr;
    const char* (*error_string)(int) = nullptr;
    int (*last_error)() = nullptr;
  };

  explicit CudaRuntime(SharedLibrary library) : library_(library) {}
  Result<void> find_functions();
  /// Clears the error, so that the next call does not report it again.
  [[nodiscard]] Result<void> check(int code, const std::string& what) const;
  [[nodiscard]] Result<void> copy(void* to, const void* from, std::size_t bytes, int kind,
                                  void* stream) const;
  /// Why there is no device, by the code of a call that found none.
  [[nodiscard]] std::string no_device_because(int code) const;

  SharedLibrary library_;
  Functions call_;
};

/// Device memory, or pinned host memory, with its end.
class CudaBuffer {
 public:
  enum class Place { device, pinned_host };
  static Result<CudaBuffer> make(std::shared_ptr<const CudaRuntime> cuda, Place place, std::size_t bytes);
  CudaBuffer() = default;
  CudaBuffer(CudaBuffer&& other) noexcept;
  CudaBuffer& operator=(CudaBuffer&& other) noexcept;
  CudaBuffer(const CudaBuffer&) = delete;
  CudaBuffer& operator=(const CudaBuffer&) = delete;
  ~CudaBuffer();

  [[nodiscard]] void* data() const { return data_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::shared_ptr<const CudaRuntime> cuda_;
  Place place_ = Place::device;
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace inferscale::worker
