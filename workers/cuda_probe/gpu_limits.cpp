#include "gpu_limits.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/shared_library.hpp"
#include "machine/gpu.hpp"
#include "worker/cuda_runtime.hpp"

namespace inferscale::cuda_probe {

using namespace worker;

namespace {

constexpr std::size_t kCopyBytes = 1UL << 30;
constexpr int kSize = 8192;           // of the matrices: 3 x 256 MiB in fp32
constexpr double kMinSeconds = 0.05;  // a synchronisation takes some microseconds
constexpr int kRounds = 5;            // a GPU raises its clocks in the first

// cuBLAS, after NVIDIA's "cuBLAS Library" reference (cublasGemmEx, cudaDataType_t, cublasComputeType_t).
constexpr int kTypeF32 = 0;
constexpr int kTypeF16 = 2;
constexpr int kCompute32F = 68;
constexpr int kCompute32FPedantic = 69;
constexpr int kCompute32FFastTf32 = 77;
constexpr int kNoTranspose = 0;
constexpr int kDefaultAlgorithm = -1;

using GemmEx = int(void*, int, int, int, int, int, const void*, const void*, int, int, const void*, int, int,
                   const void*, void*, int, int, int, int);

struct Blas {
  void* handle = nullptr;
  GemmEx* gemm = nullptr;
};

Result<Blas> open_blas(int major, void* stream) {
  auto library = SharedLibrary::open(fmt::format("libcublas.so.{}", major));
  if (!library) {
    return fail_as(Outcome::unsupported, "{}: install cuBLAS, or put its folder into LD_LIBRARY_PATH",
                   library.error().message);
  }
  auto* create = library->find<int(void**)>("cublasCreate_v2");
  auto* set_stream = library->find<int(void*, void*)>("cublasSetStream_v2");
  Blas blas;
  blas.gemm = library->find<GemmEx>("cublasGemmEx");
  if (create == nullptr || set_stream == nullptr || blas.gemm == nullptr) {
    return fail_as(Outcome::unsupported, "libcublas.so.{} lacks functions that every release has", major);
  }
  if (create(&blas.handle) != 0 || set_stream(blas.handle, stream) != 0) {
    return fail_as(Outcome::unsupported, "cuBLAS {} cannot be used on this GPU", major);
  }
  return blas;
}

/// A runtime of either major version that the driver runs.
Result<std::pair<int, std::shared_ptr<const CudaRuntime>>> open_any_runtime() {
  std::string why;
  for (const int major : {13, 12}) {
    const auto no_gpu = machine::why_no_gpu(major);
    auto cuda = CudaRuntime::open(major);
    if (no_gpu.empty() && cuda) {
      return std::pair(major, std::move(*cuda));
    }
    why = no_gpu.empty() ? cuda.error().message : no_gpu;
  }
  return fail_as(Outcome::unsupported, "{}", why);
}

/// Numbers of one magnitude and any sign: a GPU draws less power, and so clocks higher, on zeros. Two fp16
/// lie in the place of each fp32, and are of that kind too.
Result<void> fill(const CudaRuntime& cuda, const CudaBuffer& buffer, void* stream) {
  constexpr std::size_t kBlock = 1UL << 20;
  std::vector<std::uint32_t> block(kBlock);
  std::uint32_t state = 1;
  for (auto& bits : block) {
    state = state * 1664525U + 1013904223U;  // Numerical Recipes' generator: good enough to look random
    bits = (state & 0x83ff83ffU) | 0x3c003c00U;
  }
  const std::size_t bytes = kBlock * sizeof(block[0]);
  for (std::size_t at = 0; at + bytes <= buffer.bytes(); at += bytes) {
    TRY(cuda.copy_to_device(static_cast<char*>(buffer.data()) + at, block.data(), bytes, stream));
  }
  return cuda.synchronize(stream);
}

/// Work a second: the best of some rounds, each long enough for the clock and with one synchronisation at its
/// end.
template <class Enqueue>
Result<double> rate(const CudaRuntime& cuda, void* stream, double work, Enqueue enqueue) {
  TRY(enqueue());
  TRY(cuda.synchronize(stream));
  double best = 0;
  int repeats = 1;
  for (int round = 0; round < kRounds;) {
    const auto start = Clock::now();
    for (int i = 0; i < repeats; ++i) {
      TRY(enqueue());
    }
    TRY(cuda.synchronize(stream));
    const double seconds = seconds_since(start);
    if (seconds < kMinSeconds) {
      // As often as that needs, and some more; at most 16 times as often, for the first ones say little.
      const double wanted = 1.2 * repeats * kMinSeconds / std::max(seconds, 1e-9);
      repeats = static_cast<int>(std::min(wanted, 16.0 * repeats)) + 1;
      continue;
    }
    best = std::max(best, work * repeats / seconds);
    ++round;
  }
  return best;
}

}  // namespace

Json to_json(const CudaLimits& limits) {
  Json json = Json::object();
  json["device"] = "cuda";
  json["copy_gb_s"] = limits.copy_gb_s;
  json["matmul_gflop_s"] = {
      {"fp32", limits.fp32_gflop_s}, {"tf32", limits.tf32_gflop_s}, {"fp16", limits.fp16_gflop_s}};
  return json;
}

Result<CudaLimits> measure_cuda_limits() {
  TRY_ASSIGN(const auto opened, open_any_runtime());
  const auto& cuda = opened.second;
  TRY_ASSIGN(void* const stream, cuda->make_stream());
  TRY_ASSIGN(const Blas blas, open_blas(opened.first, stream));
  TRY_ASSIGN(const CudaBuffer from, CudaBuffer::make(cuda, CudaBuffer::Place::device, kCopyBytes));
  TRY_ASSIGN(const CudaBuffer to, CudaBuffer::make(cuda, CudaBuffer::Place::device, kCopyBytes));
  CudaLimits limits;
  // A copy reads and writes each byte.
  TRY_ASSIGN(limits.copy_gb_s, rate(*cuda, stream, 2e-9 * kCopyBytes, [&] {
               return cuda->copy_on_device(to.data(), from.data(), kCopyBytes, stream);
             }));
  TRY(fill(*cuda, from, stream));
  const float one = 1;
  const float zero = 0;
  const double gflop = 2e-9 * kSize * kSize * kSize;
  // Both factors lie in `from`, the product in `to`; what they hold does not matter.
  const auto matmul = [&](int type, int compute) {
    return rate(*cuda, stream, gflop, [&, type, compute]() -> Result<void> {
      const int code = blas.gemm(blas.handle, kNoTranspose, kNoTranspose, kSize, kSize, kSize, &one,
                                 from.data(), type, kSize, from.data(), type, kSize, &zero, to.data(), type,
                                 kSize, compute, kDefaultAlgorithm);
      if (code != 0) {
        return fail("cuBLAS cannot multiply matrices of type {} here: status {}", type, code);
      }
      return {};
    });
  };
  TRY_ASSIGN(limits.fp32_gflop_s, matmul(kTypeF32, kCompute32FPedantic));
  TRY_ASSIGN(limits.tf32_gflop_s, matmul(kTypeF32, kCompute32FFastTf32));
  TRY_ASSIGN(limits.fp16_gflop_s, matmul(kTypeF16, kCompute32F));
  return limits;
}

}  // namespace inferscale::cuda_probe
