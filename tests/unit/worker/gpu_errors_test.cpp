#include "worker/gpu_errors.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

namespace inferscale::worker {
namespace {

// Messages as the runtimes wrote them, shortened where a path or a number stands.

TEST(GpuErrors, AFullDeviceIsOutOfMemory) {
  for (const std::string_view message : {
           "CUDA: cannot allocate device memory: out of memory",
           "CUDA failure 2: out of memory ; GPU=0 ; hostname=gpu ; file=cuda_allocator.cc ; line=59 ; "
           "expr=cudaMalloc((void**)&p, size);",
           "Non-zero status code returned while running Gemm node. Name:'h.0.attn.c_attn' Status Message: "
           "bfc_arena.cc:376 onnxruntime::BFCArena::AllocateRawInternal Failed to allocate memory for "
           "requested buffer "
           "of size 617558016",
           "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ; expr=cublasCreate(&cublas_handle_);",
           "CUDNN failure 4000: CUDNN_STATUS_INTERNAL_ERROR ; GPU=0 ; hostname=vm ; "
           "file=cuda_execution_provider.cc ; line=250 ; expr=cudnnCreate(&cudnn_handle_); ",
           "Error Code 2: OutOfMemory (Requested size was 33554432000 bytes.)",
           "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 139.81 GiB of "
           "which 8.50 MiB "
           "is free.",
           "CUDA error: CUDA_ERROR_OUT_OF_MEMORY",
           "std::bad_alloc",
       }) {
    EXPECT_EQ(classify_gpu_error(message, Outcome::error), Outcome::out_of_memory) << message;
  }
}

TEST(GpuErrors, WhatCannotRunHereIsUnsupported) {
  for (const std::string_view message : {
           "Failed to load library libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot "
           "open shared "
           "object file: No such file or directory",
           "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=-1 ; "
           "expr=cudaSetDevice(info_.device_id);",
           "CUDA failure 100: no CUDA-capable device is detected ; GPU=-1",
           "CUDA failure 209: no kernel image is available for execution on the device",
           "CUDA failure 803: system has unsupported display driver / cuda driver combination",
           "Failed to create CUDAExecutionProvider. Please install all dependencies as mentioned in the GPU "
           "requirements page",
       }) {
    EXPECT_EQ(classify_gpu_error(message, Outcome::load_failed), Outcome::unsupported) << message;
  }
}

TEST(GpuErrors, AnythingElseIsWhatTheCallerThinks) {
  constexpr std::string_view kMessage = "Load model from x.onnx failed: Protobuf parsing failed.";
  EXPECT_EQ(classify_gpu_error(kMessage, Outcome::load_failed), Outcome::load_failed);
  EXPECT_EQ(classify_gpu_error("CUDNN failure 4000: CUDNN_STATUS_INTERNAL_ERROR ; expr=cudnnSoftmaxForward(",
                               Outcome::error),
            Outcome::error);
  EXPECT_EQ(classify_gpu_error("CUDA failure 700: an illegal memory access was encountered", Outcome::error),
            Outcome::error);
}

}  // namespace
}  // namespace inferscale::worker
