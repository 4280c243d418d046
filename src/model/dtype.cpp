#include "model/dtype.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace inferscale::model {
namespace {

static_assert(std::endian::native == std::endian::little, "files and buffers are little-endian");

struct DtypeRow {
  Dtype dtype;
  std::string_view name;
  int bits;
};
constexpr std::array<DtypeRow, 22> kDtypes{{{Dtype::boolean, "BOOL", 8},
                                            {Dtype::f4, "F4", 4},
                                            {Dtype::f6_e2m3, "F6_E2M3", 6},
                                            {Dtype::f6_e3m2, "F6_E3M2", 6},
                                            {Dtype::u8, "U8", 8},
                                            {Dtype::i8, "I8", 8},
                                            {Dtype::f8_e5m2, "F8_E5M2", 8},
                                            {Dtype::f8_e4m3, "F8_E4M3", 8},
                                            {Dtype::f8_e8m0, "F8_E8M0", 8},
                                            {Dtype::f8_e4m3fnuz, "F8_E4M3FNUZ", 8},
                                            {Dtype::f8_e5m2fnuz, "F8_E5M2FNUZ", 8},
                                            {Dtype::i16, "I16", 16},
                                            {Dtype::u16, "U16", 16},
                                            {Dtype::f16, "F16", 16},
                                            {Dtype::bf16, "BF16", 16},
                                            {Dtype::i32, "I32", 32},
                                            {Dtype::u32, "U32", 32},
                                            {Dtype::f32, "F32", 32},
                                            {Dtype::c64, "C64", 64},
                                            {Dtype::f64, "F64", 64},
                                            {Dtype::i64, "I64", 64},
                                            {Dtype::u64, "U64", 64}}};

const DtypeRow& row_of(Dtype dtype) {
  return kDtypes.at(static_cast<std::size_t>(dtype));
}

template <class Word>
Word load(const std::byte* from) {
  Word word{};
  std::memcpy(&word, from, sizeof word);
  return word;
}

/// An element is NaN or infinite exactly when all bits of its exponent are set. Blocks, so that the inner
/// loop has no branch and vectorises.
template <class Word>
std::optional<std::size_t> find_full_exponent(std::span<const std::byte> bytes, Word exponent) {
  constexpr std::size_t kBlock = 1024;
  const std::size_t count = bytes.size() / sizeof(Word);
  for (std::size_t start = 0; start < count; start += kBlock) {
    const std::size_t end = std::min(count, start + kBlock);
    Word bad = 0;
    for (std::size_t i = start; i < end; ++i) {
      const Word bits = load<Word>(bytes.data() + i * sizeof(Word));
      bad = static_cast<Word>(bad | static_cast<Word>((bits & exponent) == exponent ? 1 : 0));
    }
    for (std::size_t i = start; bad != 0 && i < end; ++i) {
      if ((load<Word>(bytes.data() + i * sizeof(Word)) & exponent) == exponent) {
        return i;
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Dtype dtype) {
  return row_of(dtype).name;
}
int bits_of(Dtype dtype) {
  return row_of(dtype).bits;
}

std::optional<Dtype> parse_dtype(std::string_view name) {
  for (const DtypeRow& row : kDtypes) {
    if (row.name == name) {
      return row.dtype;
    }
  }
  return std::nullopt;
}

float f16_to_float(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000U) << 16U;
  const std::uint32_t exponent = (bits >> 10U) & 0x1FU;
  const std::uint32_t mantissa = bits & 0x3FFU;
  if (exponent == 0) {  // zero or subnormal: mantissa x 2^-24, which a float holds exactly
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
  }
  const std::uint32_t wide_exponent = exponent == 0x1FU ? 0xFFU : exponent + (127U - 15U);
  return std::bit_cast<float>(sign | (wide_exponent << 23U) | (mantissa << 13U));
}

float bf16_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

std::uint16_t float_to_f16(float value) {
  constexpr std::uint32_t kInfinity = 0x7F800000U;
  constexpr std::uint32_t kOverflow = 0x477FF000U;  // 65520: halfway between the largest binary16 and 2^16
  constexpr std::uint32_t kSmallest = 0x38800000U;  // 2^-14: the smallest that is not subnormal
  constexpr std::uint32_t kHalf = 0x3F000000U;      // 0.5, whose last bit is worth 2^-24
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16U) & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  std::uint32_t half = 0;
  if (magnitude >= kOverflow) {
    half = magnitude > kInfinity ? 0x7E00U : 0x7C00U;
  } else if (magnitude < kSmallest) {  // the addition rounds to a multiple of 2^-24
    half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - kHalf;
  } else {
    half = ((magnitude + 0xFFFU + ((magnitude >> 13U) & 1U)) >> 13U) - ((127U - 15U) << 10U);
  }
  return static_cast<std::uint16_t>(sign | half);
}

std::uint16_t float_to_bf16(float value) {
  constexpr std::uint32_t kInfinity = 0x7F800000U;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFFU) > kInfinity) {
    return static_cast<std::uint16_t>((bits >> 16U) | 0x40U);
  }
  return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
}

namespace {

using ToHalves = void (*)(std::span<const float>, std::span<std::uint16_t>);

void to_f16_one_by_one(std::span<const float> source, std::span<std::uint16_t> destination) {
  std::transform(source.begin(), source.end(), destination.begin(), float_to_f16);
}

#if defined(__x86_64__)
/// The processor's own conversion, eight at a time.
__attribute__((target("avx,f16c"))) void to_f16_by_eights(std::span<const float> source,
                                                          std::span<std::uint16_t> destination) {
  constexpr std::size_t kLanes = 8;
  std::size_t i = 0;
  for (; i + kLanes <= source.size(); i += kLanes) {
    const __m128i halves = _mm256_cvtps_ph(_mm256_loadu_ps(&source[i]), _MM_FROUND_TO_NEAREST_INT);
    std::memcpy(&destination[i], &halves, sizeof halves);
  }
  to_f16_one_by_one(source.subspan(i), destination.subspan(i));
}
#endif

ToHalves fastest_to_f16() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx") != 0 && __builtin_cpu_supports("f16c") != 0) {
    return to_f16_by_eights;
  }
#endif
  return to_f16_one_by_one;
}

}  // namespace

void convert_from_f32(Dtype dtype, std::span<const float> source, std::span<std::uint16_t> destination) {
  const std::size_t count = std::min(source.size(), destination.size());
  if (dtype == Dtype::bf16) {
    for (std::size_t i = 0; i < count; ++i) {
      destination[i] = float_to_bf16(source[i]);
    }
    return;
  }
  static const ToHalves to_f16 = fastest_to_f16();
  to_f16(source.first(count), destination.first(count));
}

void convert_to_f32(Dtype dtype, std::span<const std::byte> source, std::span<float> destination) {
  if (dtype == Dtype::f32) {
    std::memcpy(destination.data(), source.data(), std::min(source.size(), destination.size_bytes()));
    return;
  }
  const std::size_t count = std::min(destination.size(), source.size() / 2);
  for (std::size_t i = 0; i < count; ++i) {
    const auto bits = load<std::uint16_t>(source.data() + 2 * i);
    destination[i] = dtype == Dtype::f16 ? f16_to_float(bits) : bf16_to_float(bits);
  }
}

std::optional<std::size_t> find_not_finite(Dtype dtype, std::span<const std::byte> elements) {
  switch (dtype) {
    case Dtype::f32:
      return find_full_exponent<std::uint32_t>(elements, 0x7F800000U);
    case Dtype::f16:
      return find_full_exponent<std::uint16_t>(elements, 0x7C00U);
    case Dtype::bf16:
      return find_full_exponent<std::uint16_t>(elements, 0x7F80U);
    default:
      return std::nullopt;
  }
}

}  // namespace inferscale::model
