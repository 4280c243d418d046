#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "core/error.hpp"
#include "core/shared_library.hpp"

// The few functions of the CUDA runtime that moving tokens and logits takes, found at run time in the library
// that ONNX Runtime's CUDA provider was built for: so the worker needs neither CUDA's headers nor a GPU to be
// built, and runs where there is none. C ABI after NVIDIA's "CUDA Runtime API" reference.

namespace inferscale::worker {

/// A CUDA error is Outcome::out_of_memory, unsupported or error, by its words.
class CudaRuntime {
 public:
  /// libcudart.so.<major>.
  static Result<std::shared_ptr<const CudaRuntime>> open(int major);

  [[nodiscard]] Result<void*> make_stream() const;
  [[nodiscard]] Result<void*> allocate(std::size_t bytes) const;
  [[nodiscard]] Result<void*> allocate_pinned(std::size_t bytes) const;
  void free(void* device) const;
  void free_pinned(void* host) const;
  [[nodiscard]] Result<void> copy_to_device(void* device, const void* host, std::size_t bytes,
                                            void* stream) const;
  [[nodiscard]] Result<void> copy_to_host(void* host, const void* device, std::size_t bytes,
                                          void* stream) const;
  [[nodiscard]] Result<void> copy_on_device(void* to, const void* from, std::size_t bytes,
                                            void* stream) const;
  [[nodiscard]] Result<void> synchronize(void* stream) const;

 private:
  explicit CudaRuntime(SharedLibrary library) : library_(library) {}
  [[nodiscard]] Result<void> check(int code, const char* what) const;
  [[nodiscard]] Result<void> copy(void* to, const void* from, std::size_t bytes, int kind,
                                  void* stream) const;
  Result<void> find_functions();

  SharedLibrary library_;
  int (*stream_create_)(void**, unsigned) = nullptr;
  int (*malloc_)(void**, std::size_t) = nullptr;
  int (*malloc_host_)(void**, std::size_t) = nullptr;
  int (*free_)(void*) = nullptr;
  int (*free_host_)(void*) = nullptr;
  int (*copy_async_)(void*, const void*, std::size_t, int, void*) = nullptr;
  int (*stream_synchronize_)(void*) = nullptr;
  const char* (*error_string_)(int) = nullptr;
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
