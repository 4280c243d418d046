#include "machine/cpu_limits.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

namespace inferscale::machine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kCopiedBytes = std::size_t{128} << 20;  // by all threads together, from and to as much:
constexpr std::size_t kUsualBytes = std::size_t{32} << 20;  // each at least, far beyond its share of a cache,
constexpr std::size_t kMostBytes = std::size_t{512} << 20;  // but of many threads all no more than this,
constexpr std::size_t kLeastBytes = std::size_t{8} << 20;   // down to this each
constexpr int kPasses = 4;                                  // the first one touches the memory
constexpr int kDepth = 256;                                 // of the matrix product
constexpr int kRows = 6;
constexpr int kProducts = 4000;  // a pass: a few milliseconds

void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
}

/// Seconds of the fastest pass, in which every thread works from one common start to the last one's end.
/// `prepare` runs on the thread, and gives what a pass does.
double fastest_pass(std::span<const int> cpus, const std::function<std::function<void()>()>& prepare) {
  std::barrier<> gate(static_cast<std::ptrdiff_t>(cpus.size()));
  double fastest = std::numeric_limits<double>::infinity();
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number < cpus.size(); ++number) {
    threads.emplace_back([&, number] {
      pin(cpus[number]);
      const auto work = prepare();
      for (int pass = 0; pass < kPasses; ++pass) {
        gate.arrive_and_wait();
        const auto start = Clock::now();
        work();
        gate.arrive_and_wait();
        if (number == 0 && pass > 0) {
          fastest = std::min(fastest, std::chrono::duration<double>(Clock::now() - start).count());
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  return fastest;
}

double copy_gb_s(std::span<const int> cpus) {
  const std::size_t bytes = std::max(
      kLeastBytes, std::min(std::max(kUsualBytes, kCopiedBytes / cpus.size()), kMostBytes / cpus.size()));
  const double seconds = fastest_pass(cpus, [bytes]() -> std::function<void()> {
    auto from = std::make_shared<std::vector<char>>(bytes, 'x');
    auto to = std::make_shared<std::vector<char>>(bytes, 'y');
    return [from, to, bytes] { std::memcpy(to->data(), from->data(), bytes); };
  });
  return 2.0 * static_cast<double>(bytes * cpus.size()) / seconds / 1e9;
}

/// c += a b, for a of kRows x kDepth (stored by columns), b of kDepth x 2 vectors, c of kRows x 2 vectors:
/// enough independent sums for two multiply-add units with a latency of 4 cycles.
template <class Vector>
inline __attribute__((always_inline)) void multiply(const float* a, const float* b, float* c) {
  constexpr int kWidth = static_cast<int>(sizeof(Vector) / sizeof(float));
  Vector sums[kRows][2] = {};
  for (int k = 0; k < kDepth; ++k) {
    Vector right[2];
    std::memcpy(right, b + static_cast<std::ptrdiff_t>(k) * 2 * kWidth, sizeof right);
#pragma GCC unroll 6
    for (int row = 0; row < kRows; ++row) {
      const float left = a[k * kRows + row];
      sums[row][0] += left * right[0];
      sums[row][1] += left * right[1];
    }
  }
  std::memcpy(c, sums, sizeof sums);
}

using Vector16 __attribute__((vector_size(64))) = float;
using Vector8 __attribute__((vector_size(32))) = float;
using Vector4 __attribute__((vector_size(16))) = float;

#if defined(__x86_64__)
__attribute__((target("avx512f"))) void multiply_512(const float* a, const float* b, float* c) {
  multiply<Vector16>(a, b, c);
}
__attribute__((target("avx2,fma"))) void multiply_256(const float* a, const float* b, float* c) {
  multiply<Vector8>(a, b, c);
}
#endif
void multiply_128(const float* a, const float* b, float* c) {
  multiply<Vector4>(a, b, c);
}

struct Kernel {
  void (*multiply)(const float*, const float*, float*);
  int width;
};

Kernel best_kernel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") != 0) {
    return {multiply_512, 16};
  }
  if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
    return {multiply_256, 8};
  }
#endif
  return {multiply_128, 4};
}

double matmul_gflop_s(std::span<const int> cpus) {
  const Kernel kernel = best_kernel();
  const double seconds = fastest_pass(cpus, [kernel]() -> std::function<void()> {
    const auto width = static_cast<std::size_t>(kernel.width);
    auto a = std::make_shared<std::vector<float>>(std::size_t{kRows} * kDepth, 0.5F);
    auto b = std::make_shared<std::vector<float>>(std::size_t{kDepth} * 2 * width, 0.25F);
    auto c = std::make_shared<std::vector<float>>(std::size_t{kRows} * 2 * width);
    return [kernel, a, b, c] {
      for (int i = 0; i < kProducts; ++i) {
        kernel.multiply(a->data(), b->data(), c->data());
      }
    };
  });
  const double flops = 2.0 * kRows * kDepth * 2 * kernel.width * kProducts;
  return flops * static_cast<double>(cpus.size()) / seconds / 1e9;
}

}  // namespace

Json measure_cpu_limits(std::span<const int> cpus) {
  Json json = Json::object();
  json["device"] = "cpu";
  json["copy_gb_s"] = copy_gb_s(cpus);
  json["matmul_gflop_s"] = Json{{"fp32", matmul_gflop_s(cpus)}};
  return json;
}

}  // namespace inferscale::machine
