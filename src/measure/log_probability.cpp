#include "measure/log_probability.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

// One source, compiled for the vector units that a processor may have. Products and sums are never fused and
// the lanes are the same, so every one of them gives the same bits.

namespace inferscale::measure {
namespace {

constexpr std::size_t kLanes = 16;    // independent, so that the compiler vectorises
constexpr std::size_t kBlock = 1024;  // elements whose sum is kept in float

struct RowFacts {
  float largest = 0;
  bool finite = true;
};

inline __attribute__((always_inline)) RowFacts facts_of(std::span<const float> row) {
  constexpr std::uint32_t kExponent = 0x7f800000U;
  std::array<float, kLanes> best;
  best.fill(row[0]);
  std::array<std::uint32_t, kLanes> bad{};
  std::size_t i = 0;
  for (; i + kLanes <= row.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float value = row[i + lane];
      best[lane] = value > best[lane] ? value : best[lane];
      bad[lane] |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(value) & kExponent) == kExponent);
    }
  }
  RowFacts facts{*std::max_element(best.begin(), best.end()),
                 std::all_of(bad.begin(), bad.end(), [](std::uint32_t b) { return b == 0; })};
  for (; i < row.size(); ++i) {
    facts.largest = std::max(facts.largest, row[i]);
    facts.finite = facts.finite && std::isfinite(row[i]);
  }
  return facts;
}

constexpr float kSmallestExponent = -87.0F;  // below it e^x is no normal float

/// e^x for -87 <= x <= 0 without a branch: x = n ln 2 + r, e^r by its Taylor polynomial, 2^n by the
/// exponent's bits.
inline __attribute__((always_inline)) float exp_of_negative(float x) {
  constexpr float kLog2E = 1.44269504F;
  constexpr float kLn2High = 0.693359375F;       // few bits: n times it is exact
  constexpr float kLn2Low = -2.12194440054e-4F;  // ln 2 - kLn2High
  constexpr float kRound = 12582912.0F;          // 1.5 x 2^23: adding it rounds to an integer
  const float shifted = x * kLog2E + kRound;
  const float n = shifted - kRound;
  const float r = (x - n * kLn2High) - n * kLn2Low;
  float e = 1.0F / 5040.0F;
  e = e * r + 1.0F / 720.0F;
  e = e * r + 1.0F / 120.0F;
  e = e * r + 1.0F / 24.0F;
  e = e * r + 1.0F / 6.0F;
  e = e * r + 0.5F;
  e = e * r + 1.0F;
  e = e * r + 1.0F;
  const auto exponent = std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(kRound);
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(e) + (exponent << 23U));
}

/// Differences below -87 count as -87: 1.6e-38, which no sum notices. One loop a step, for each vectorises by
/// itself; in one loop GCC makes a branch of the limit, and of the whole a scalar loop.
inline __attribute__((always_inline)) double sum_of_block(std::span<const float> block, float largest) {
  std::array<float, kBlock> values;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
  for (std::size_t i = 0; i < block.size(); ++i) {
    values[i] = std::max(block[i] - largest, kSmallestExponent);
  }
  for (std::size_t i = 0; i < block.size(); ++i) {
    values[i] = exp_of_negative(values[i]);
  }
  std::array<float, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= block.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      sums[lane] += values[i + lane];
    }
  }
  double total = 0;
  for (const float sum : sums) {
    total += static_cast<double>(sum);
  }
  for (; i < block.size(); ++i) {
    total += static_cast<double>(values[i]);
  }
  return total;
}

inline __attribute__((always_inline)) double sum_of_exponentials(std::span<const float> row, float largest) {
  double total = 0;
  for (std::size_t start = 0; start < row.size(); start += kBlock) {
    total += sum_of_block(row.subspan(start, std::min(kBlock, row.size() - start)), largest);
  }
  return total;
}

inline __attribute__((always_inline)) double log_softmax_at(std::span<const float> logits,
                                                            std::size_t target) {
  const RowFacts facts = facts_of(logits);
  if (!facts.finite) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return static_cast<double>(logits[target]) - static_cast<double>(facts.largest) -
         std::log(sum_of_exponentials(logits, facts.largest));
}

#if defined(__x86_64__)
__attribute__((target("avx512f"))) double with_avx512(std::span<const float> logits, std::size_t target) {
  return log_softmax_at(logits, target);
}
__attribute__((target("avx2"))) double with_avx2(std::span<const float> logits, std::size_t target) {
  return log_softmax_at(logits, target);
}
#endif
double with_baseline(std::span<const float> logits, std::size_t target) {
  return log_softmax_at(logits, target);
}

using LogSoftmax = double (*)(std::span<const float>, std::size_t);

LogSoftmax widest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") != 0) {
    return with_avx512;
  }
  if (__builtin_cpu_supports("avx2") != 0) {
    return with_avx2;
  }
#endif
  return with_baseline;
}

}  // namespace

double log_probability(std::span<const float> logits, std::size_t target) {
  static const LogSoftmax chosen = widest();
  return chosen(logits, target);
}

}  // namespace inferscale::measure
