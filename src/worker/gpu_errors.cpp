#include "worker/gpu_errors.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace inferscale::worker {
namespace {

// In lower case. Each was seen in a message of the runtime that stands behind it.
constexpr std::array<std::string_view, 12> kOutOfMemory{
    "out of memory",               // cudaGetErrorString(cudaErrorMemoryAllocation), TensorRT, torch
    "outofmemory",                 // TensorRT: "OutOfMemory (Requested size was ... bytes.)"
    "cudaerrormemoryallocation",   // the same error by name
    "cuda_error_out_of_memory",    // the driver API
    "cuda failure 2:",             // ONNX Runtime: "CUDA failure 2: out of memory"
    "cublas_status_alloc_failed",  // cuBLAS handles and workspaces
    "cudnn_status_alloc_failed",   // cuDNN
    "cudnn_status_internal_error_device_allocation",
    "failed to allocate memory",  // ONNX Runtime's BFCArena
    "could not allocate memory",
    "bad_alloc",               // the host
    "insufficient workspace",  // TensorRT's builder
};
constexpr std::array<std::string_view, 9> kUnsupported{
    "cannot open shared object file",                                   // a library is missing
    "driver version is insufficient",                                   // cudaErrorInsufficientDriver
    "no cuda-capable device",                                           // cudaErrorNoDevice
    "no kernel image is available",                                     // built for other GPUs
    "unsupported ptx version",                                          // built by a newer toolkit
    "system has unsupported display driver / cuda driver combination",  // forward compatibility
    "forward compatibility was attempted on non supported hw",
    "please install all dependencies as mentioned",  // ONNX Runtime's provider
    "cudnn_status_version_mismatch",
};

bool has_any(const std::string& text, const auto& patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](std::string_view pattern) { return text.find(pattern) != std::string::npos; });
}

/// A handle of cuDNN is memory and nothing else; on a full device it reports this instead of ALLOC_FAILED.
bool no_memory_for_a_handle(const std::string& text) {
  return text.find("cudnn_status_internal_error") != std::string::npos &&
         text.find("cudnncreate") != std::string::npos;
}

}  // namespace

Outcome classify_gpu_error(std::string_view message, Outcome otherwise) {
  std::string text(message);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (has_any(text, kOutOfMemory) || no_memory_for_a_handle(text)) {
    return Outcome::out_of_memory;
  }
  return has_any(text, kUnsupported) ? Outcome::unsupported : otherwise;
}

}  // namespace inferscale::worker
