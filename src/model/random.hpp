#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace inferscale::model {

/// Random numbers that are a function of (seed, stream, index) and of nothing else: any thread may make any
/// of them, and every machine makes the same bytes. The normal transform uses only + - * / and sqrt on
/// doubles, which IEEE 754 defines exactly, and no library function (libm's log differs between versions);
/// the build turns contraction to fused multiply-add off.

/// The key of a stream: the first 64 bits of SHA-256("seed/name"), so that no two tensors share one.
std::uint64_t stream_key(std::uint64_t seed, std::string_view name);

/// Output number `index` of SplitMix64 started at `key` (Steele, Lea and Flood 2014, "Fast Splittable
/// Pseudorandom Number Generators").
constexpr std::uint64_t random_bits(std::uint64_t key, std::uint64_t index) {
  std::uint64_t z = key + (index + 1) * 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

/// Natural logarithm of a normal positive double, within 2 units in the last place.
double exact_log(double x);

/// The standard normal's quantile at 0.5 + q, for q in (-0.5, 0.5): algorithm AS 241, PPND16 (Wichura 1988),
/// about 16 digits. It takes q and not the probability because q near 0.5 would lose nothing and q near 0
/// much.
double normal_quantile_as241(double q);

/// destination[i] = standard_deviation x a standard normal made from output first_index + i of the stream.
void fill_normal(std::uint64_t key, std::uint64_t first_index, double standard_deviation,
                 std::span<float> destination);

}  // namespace inferscale::model
