#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace inferscale::model {

/// Every element type of the safetensors format (version 0.8 of its library).
enum class Dtype {
  boolean,
  f4,
  f6_e2m3,
  f6_e3m2,
  u8,
  i8,
  f8_e5m2,
  f8_e4m3,
  f8_e8m0,
  f8_e4m3fnuz,
  f8_e5m2fnuz,
  i16,
  u16,
  f16,
  bf16,
  i32,
  u32,
  f32,
  c64,
  f64,
  i64,
  u64,
};

/// The name in a file's header: "F32", "BF16", "F8_E4M3", ...
std::string_view to_string(Dtype dtype);
std::optional<Dtype> parse_dtype(std::string_view name);
/// Bits an element; 4 and 6 are packed.
int bits_of(Dtype dtype);

/// IEEE 754 binary16 and bfloat16 to float: exact; NaN stays NaN, infinities and subnormals keep their value.
float f16_to_float(std::uint16_t bits);
float bf16_to_float(std::uint16_t bits);
/// To the nearest binary16, ties to even: from 65520 on an infinity; NaN stays NaN.
std::uint16_t float_to_f16(float value);
/// To the nearest bfloat16, ties to even; NaN stays NaN.
std::uint16_t float_to_bf16(float value);

/// Little-endian elements of type f32, f16 or bf16 (any alignment) to floats; sizes must match.
void convert_to_f32(Dtype dtype, std::span<const std::byte> source, std::span<float> destination);

/// Floats to bits of type f16 or bf16, each rounded as above; sizes must match.
void convert_from_f32(Dtype dtype, std::span<const float> source, std::span<std::uint16_t> destination);

/// Index of the first NaN or infinity among little-endian f32, f16 or bf16 elements (any alignment).
std::optional<std::size_t> find_not_finite(Dtype dtype, std::span<const std::byte> elements);

}  // namespace inferscale::model
