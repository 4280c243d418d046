#include "machine/cpu_limits.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

namespace inferscale::machine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kCopiedBytes = std::size_t{128} << 20;  // by all threads together, from and to as much:
constexpr std::size_t kUsualBytes = std::size_t{32} << 20;  // each at least, far beyond its share of a cache,
constexpr std::size_t kMostBytes = std::size_t{512} << 20;  // but of many threads all no more than this,
constexpr std::size_t kLeastBytes = std::size_t{8} << 20;   // down to this each
constexpr int kPasses = 4;                                  // the first one touches the memory
constexpr int kDepth = 128;  // of the matrix product: its factors fit into 32 KiB of cache, however wide
constexpr std::size_t kRows = 6;
constexpr int kProducts = 8000;  // a pass: a few milliseconds

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

std::size_t bytes_each(std::span<const int> cpus) {
  return std::max(kLeastBytes,
                  std::min(std::max(kUsualBytes, kCopiedBytes / cpus.size()), kMostBytes / cpus.size()));
}

double copy_gb_s(std::span<const int> cpus) {
  const std::size_t bytes = bytes_each(cpus);
  const double seconds = fastest_pass(cpus, [bytes]() -> std::function<void()> {
    auto from = std::make_shared<std::vector<char>>(bytes, 'x');
    auto to = std::make_shared<std::vector<char>>(bytes, 'y');
    return [from, to, bytes] { std::memcpy(to->data(), from->data(), bytes); };
  });
  return 2.0 * static_cast<double>(bytes * cpus.size()) / seconds / 1e9;
}

/// Of a reader of far more bytes than a cache holds: weights are read, and never written.
double read_gb_s(std::span<const int> cpus) {
  const std::size_t bytes = bytes_each(cpus);
  const double seconds = fastest_pass(cpus, [bytes]() -> std::function<void()> {
    auto from = std::make_shared<std::vector<std::uint64_t>>(bytes / sizeof(std::uint64_t), 1);
    return [from] {
      // Four sums, so that no addition waits for the one before; stored where no compiler can leave them out.
      std::array<std::uint64_t, 4> sums{};
      const std::uint64_t* const data = from->data();
      for (std::size_t i = 0; i + 8 <= from->size(); i += 8) {
        for (std::size_t part = 0; part < 4; ++part) {
          sums[part] += data[i + 2 * part] ^ data[i + 2 * part + 1];
        }
      }
      static std::atomic<std::uint64_t> sink;
      sink.store(std::accumulate(sums.begin(), sums.end(), std::uint64_t{0}), std::memory_order_relaxed);
    };
  });
  return static_cast<double>(bytes * cpus.size()) / seconds / 1e9;
}

/// c = a b, for a of kRows x kDepth (stored by columns), b of kDepth x 2 vectors, c of kRows x 2 vectors:
/// enough independent sums for two multiply-add units with a latency of 4 cycles. Each sum has a number that
/// is known when this is compiled, and its address is never taken: only so do sums stay in registers.
template <class Vector, std::size_t... Row>
inline __attribute__((always_inline)) void multiply(const float* a, const float* b, float* c,
                                                    std::index_sequence<Row...> /*rows*/) {
  constexpr std::size_t kWidth = sizeof(Vector) / sizeof(float);
  Vector left_sums[kRows] = {};
  Vector right_sums[kRows] = {};
  for (int k = 0; k < kDepth; ++k, a += kRows, b += 2 * kWidth) {
    Vector left, right;
    std::memcpy(&left, b, sizeof left);
    std::memcpy(&right, b + kWidth, sizeof right);
    ((left_sums[Row] += a[Row] * left, right_sums[Row] += a[Row] * right), ...);
  }
  ((std::memcpy(c + 2 * Row * kWidth, &left_sums[Row], sizeof(Vector)),
    std::memcpy(c + (2 * Row + 1) * kWidth, &right_sums[Row], sizeof(Vector))),
   ...);
}
using Rows = std::make_index_sequence<kRows>;

using Vector16 __attribute__((vector_size(64))) = float;
using Vector8 __attribute__((vector_size(32))) = float;
using Vector4 __attribute__((vector_size(16))) = float;

#if defined(__x86_64__)
__attribute__((target("avx512f"))) void multiply_512(const float* a, const float* b, float* c) {
  multiply<Vector16>(a, b, c, Rows());
}
__attribute__((target("avx2,fma"))) void multiply_256(const float* a, const float* b, float* c) {
  multiply<Vector8>(a, b, c, Rows());
}
#endif
void multiply_128(const float* a, const float* b, float* c) {
  multiply<Vector4>(a, b, c, Rows());
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
    auto a = std::make_shared<std::vector<float>>(kRows * kDepth, 0.5F);
    auto b = std::make_shared<std::vector<float>>(std::size_t{kDepth} * 2 * width, 0.25F);
    auto c = std::make_shared<std::vector<float>>(kRows * 2 * width);
    return [kernel, a, b, c] {
      for (int i = 0; i < kProducts; ++i) {
        kernel.multiply(a->data(), b->data(), c->data());
      }
    };
  });
  const double flops = 2.0 * static_cast<double>(kRows) * kDepth * 2 * kernel.width * kProducts;
  return flops * static_cast<double>(cpus.size()) / seconds / 1e9;
}

}  // namespace

Json measure_cpu_limits(std::span<const int> cpus) {
  Json json = Json::object();
  json["device"] = "cpu";
  json["copy_gb_s"] = copy_gb_s(cpus);
  json["read_gb_s"] = read_gb_s(cpus);
  json["matmul_gflop_s"] = Json{{"fp32", matmul_gflop_s(cpus)}};
  return json;
}

}  // namespace inferscale::machine
