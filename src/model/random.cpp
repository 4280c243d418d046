#include "model/random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <string>

#include "core/sha256.hpp"

namespace inferscale::model {
namespace {

/// Horner's scheme, coefficients from the highest power down.
template <std::size_t N>
constexpr double polynomial(const double (&coefficients)[N], double x) {
  double sum = coefficients[0];
  for (std::size_t i = 1; i < N; ++i) {
    sum = sum * x + coefficients[i];
  }
  return sum;
}

// Wichura's coefficients, a..f, highest power first.
constexpr double kCentralNumerator[] = {
    2.5090809287301226727e+3, 3.3430575583588128105e+4, 6.7265770927008700853e+4, 4.5921953931549871457e+4,
    1.3731693765509461125e+4, 1.9715909503065514427e+3, 1.3314166789178437745e+2, 3.3871328727963666080e+0};
constexpr double kCentralDenominator[] = {
    5.2264952788528545610e+3, 2.8729085735721942674e+4, 3.9307895800092710610e+4, 2.1213794301586595867e+4,
    5.3941960214247511077e+3, 6.8718700749205790830e+2, 4.2313330701600911252e+1, 1.0};
constexpr double kMiddleNumerator[] = {7.7454501427834140764e-4,  2.27238449892691845833e-2,
                                       2.41780725177450611770e-1, 1.27045825245236838258e+0,
                                       3.64784832476320460504e+0, 5.76949722146069140550e+0,
                                       4.63033784615654529590e+0, 1.42343711074968357734e+0};
constexpr double kMiddleDenominator[] = {1.05075007164441684324e-9, 5.47593808499534494600e-4,
                                         1.51986665636164571966e-2, 1.48103976427480074590e-1,
                                         6.89767334985100004550e-1, 1.67638483018380384940e+0,
                                         2.05319162663775882187e+0, 1.0};
constexpr double kFarNumerator[] = {2.01033439929228813265e-7, 2.71155556874348757815e-5,
                                    1.24266094738807843860e-3, 2.65321895265761230930e-2,
                                    2.96560571828504891230e-1, 1.78482653991729133580e+0,
                                    5.46378491116411436990e+0, 6.65790464350110377720e+0};
constexpr double kFarDenominator[] = {2.04426310338993978564e-15, 1.42151175831644588870e-7,
                                      1.84631831751005468180e-5,  7.86869131145613259100e-4,
                                      1.48753612908506148525e-2,  1.36929880922735805310e-1,
                                      5.99832206555887937690e-1,  1.0};

constexpr double kCentralHalfWidth = 0.425;

double central_quantile(double q) {
  const double r = 0.180625 - q * q;
  return q * polynomial(kCentralNumerator, r) / polynomial(kCentralDenominator, r);
}

double tail_quantile(double q) {
  const double tail = 0.5 - (q < 0 ? -q : q);  // exact
  double r = std::sqrt(-exact_log(tail));
  double quantile = 0;
  if (r <= 5.0) {
    r -= 1.6;
    quantile = polynomial(kMiddleNumerator, r) / polynomial(kMiddleDenominator, r);
  } else {
    r -= 5.0;
    quantile = polynomial(kFarNumerator, r) / polynomial(kFarDenominator, r);
  }
  return q < 0 ? -quantile : quantile;
}

/// 52 random bits and a half: a multiple of 2^-53 in (0, 1), never an end, shifted to (-0.5, 0.5). All exact.
double centred_uniform(std::uint64_t bits) {
  return (static_cast<double>(static_cast<std::int64_t>(bits >> 12U)) + 0.5) * 0x1p-52 - 0.5;
}

}  // namespace

std::uint64_t stream_key(std::uint64_t seed, std::string_view name) {
  const std::string digest = sha256_hex(fmt::format("{}/{}", seed, name));
  std::uint64_t key = 0;
  std::from_chars(digest.data(), digest.data() + 16, key, 16);
  return key;
}

double exact_log(double x) {
  // x = m 2^e with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh(s), s = (m - 1) / (m + 1), |s| < 0.1716, by its
  // series.
  constexpr double kSeries[] = {1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11,
                                1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3,  1.0};
  constexpr double kLn2 = 0.693147180559945309417232121458;
  constexpr double kSqrt2 = 1.41421356237309504880168872421;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  auto exponent = static_cast<double>(static_cast<int>(bits >> 52U) - 1023);
  double m = std::bit_cast<double>((bits & 0x000F'FFFF'FFFF'FFFFU) | 0x3FF0'0000'0000'0000U);
  if (m >= kSqrt2) {
    m *= 0.5;
    exponent += 1.0;
  }
  const double s = (m - 1.0) / (m + 1.0);
  return exponent * kLn2 + 2.0 * s * polynomial(kSeries, s * s);
}

double normal_quantile_as241(double q) {
  return q >= -kCentralHalfWidth && q <= kCentralHalfWidth ? central_quantile(q) : tail_quantile(q);
}

void fill_normal(std::uint64_t key, std::uint64_t first_index, double standard_deviation,
                 std::span<float> destination) {
  // Every element takes the central branch first, without a jump, so that the loop vectorises; the 15% of the
  // tails are then done again.
  constexpr std::size_t kBlock = 256;
  double q[kBlock];
  for (std::size_t start = 0; start < destination.size(); start += kBlock) {
    const std::size_t count = std::min(kBlock, destination.size() - start);
    for (std::size_t i = 0; i < count; ++i) {
      q[i] = centred_uniform(random_bits(key, first_index + start + i));
    }
    float* const out = destination.data() + start;
    for (std::size_t i = 0; i < count; ++i) {
      out[i] = static_cast<float>(standard_deviation * central_quantile(q[i]));
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (q[i] < -kCentralHalfWidth || q[i] > kCentralHalfWidth) {
        out[i] = static_cast<float>(standard_deviation * tail_quantile(q[i]));
      }
    }
  }
}

}  // namespace inferscale::model
