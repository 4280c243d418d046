#include "measure/logits.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>

namespace inferscale::measure {
namespace {

/// Bits of f16 to float (IEEE 754 binary16). Without a branch, so that loops over it vectorise: moved to a
/// float's places, the magnitude is 2^112 times too small, subnormals included; and infinity and NaN get a
/// float's largest exponent.
float f16_value(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16U;
  const std::uint32_t magnitude = static_cast<std::uint32_t>(bits & 0x7fffU) << 13U;
  const auto scaled = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) * 0x1p112F);
  const std::uint32_t special =
      0U - static_cast<std::uint32_t>(magnitude >= 0x0f800000U);  // all bits, or none
  return std::bit_cast<float>(sign | scaled | (special & 0x7f800000U));
}

float bf16_value(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

void widen(ElementType element, const std::uint16_t* from, std::size_t count, float* to) {
  if (element == ElementType::f16) {
    std::transform(from, from + count, to, [](std::uint16_t bits) { return f16_value(bits); });
  } else {
    std::transform(from, from + count, to, [](std::uint16_t bits) { return bf16_value(bits); });
  }
}

/// An element is NaN or infinite when all bits of its exponent are set. OR-ing the comparisons has no branch,
/// so the compiler vectorises the loop.
template <class Bits>
bool any_not_finite(const Bits* values, std::size_t count, Bits exponent) {
  unsigned bad = 0;
  for (std::size_t i = 0; i < count; ++i) {
    bad |= static_cast<unsigned>((values[i] & exponent) == exponent);
  }
  return bad != 0;
}

template <class Bits>
std::size_t first_not_finite(const void* data, std::size_t count, Bits exponent) {
  constexpr std::size_t kBlock = 1UL << 14;
  const Bits* values = static_cast<const Bits*>(data);
  for (std::size_t start = 0; start < count; start += kBlock) {
    const std::size_t size = std::min(kBlock, count - start);
    if (any_not_finite(values + start, size, exponent)) {
      return start +
             static_cast<std::size_t>(std::find_if(values + start, values + start + size,
                                                   [&](Bits b) { return (b & exponent) == exponent; }) -
                                      (values + start));
    }
  }
  return count;
}

std::size_t element_count(const LogitsView& logits) {
  return static_cast<std::size_t>(logits.batch) * static_cast<std::size_t>(logits.positions) *
         static_cast<std::size_t>(logits.vocabulary);
}

/// A 16-bit float's place in the order of numbers: f16 and bf16 alike are sign and magnitude, so their bits
/// compare as integers once those of negative numbers are turned round. -0 is 0.
std::int16_t order_of(std::uint16_t bits) {
  const auto value = std::bit_cast<std::int16_t>(bits == 0x8000U ? std::uint16_t{0} : bits);
  return static_cast<std::int16_t>(value ^ ((value >> 15) & 0x7fff));
}
float order_of(float value) {
  return value;
}

/// The largest of `best` and the elements' orders; in independent lanes, so that it vectorises.
template <class Element, class Order>
Order largest_of(const Element* values, std::size_t count, Order best) {
  constexpr std::size_t kLanes = 16;  // GCC 12 vectorises 16 lanes of either type, and not 32 of 16 bits
  std::array<Order, kLanes> lanes;
  lanes.fill(best);
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const Order order = order_of(values[i + lane]);
      lanes[lane] = order > lanes[lane] ? order : lanes[lane];
    }
  }
  for (; i < count; ++i) {
    const Order order = order_of(values[i]);
    lanes[0] = order > lanes[0] ? order : lanes[0];
  }
  return *std::max_element(lanes.begin(), lanes.end());
}

/// The first place of the largest: block by block, so that only one block is searched for the place, which
/// does not vectorise. 16-bit floats compare as integers, and nothing is converted.
template <class Element>
std::int32_t argmax(const Element* row, std::size_t count) {
  constexpr std::size_t kBlock = 1024;
  auto largest = order_of(row[0]);
  std::size_t start = 0;
  for (std::size_t i = 0; i < count; i += kBlock) {
    const auto best = largest_of(row + i, std::min(kBlock, count - i), largest);
    if (best > largest) {
      largest = best;
      start = i;
    }
  }
  const Element* end = row + std::min(start + kBlock, count);
  const auto* place =
      std::find_if(row + start, end, [&](Element element) { return order_of(element) == largest; });
  return place == end ? 0 : static_cast<std::int32_t>(place - row);  // 0: NaN
}

}  // namespace

Result<void> check_shape(const LogitsView& logits, const protocol::Shape& input, protocol::LogitsScope scope,
                         int vocabulary) {
  const int positions = scope == protocol::LogitsScope::all ? input.length : 1;
  if (logits.data == nullptr || logits.batch != input.batch || logits.positions != positions ||
      logits.vocabulary != vocabulary) {
    return fail_as(Outcome::invalid_output, "the output has shape [{}, {}, {}], not [{}, {}, {}]",
                   logits.batch, logits.positions, logits.vocabulary, input.batch, positions, vocabulary);
  }
  return {};
}

Result<void> check_finite(const LogitsView& logits) {
  const std::size_t count = element_count(logits);
  std::size_t place = 0;
  switch (logits.element) {
    case ElementType::f32:
      place = first_not_finite<std::uint32_t>(logits.data, count, 0x7f800000U);
      break;
    case ElementType::f16:
      place = first_not_finite<std::uint16_t>(logits.data, count, 0x7c00U);
      break;
    case ElementType::bf16:
      place = first_not_finite<std::uint16_t>(logits.data, count, 0x7f80U);
      break;
  }
  if (place == count) {
    return {};
  }
  const auto vocabulary = static_cast<std::size_t>(logits.vocabulary);
  const auto positions = static_cast<std::size_t>(logits.positions);
  return fail_as(Outcome::invalid_output, "a logit is NaN or infinite: sequence {}, position {}, token {}",
                 place / vocabulary / positions, place / vocabulary % positions, place % vocabulary);
}

void argmax_last(const LogitsView& logits, std::span<std::int32_t> tokens) {
  const auto vocabulary = static_cast<std::size_t>(logits.vocabulary);
  const auto positions = static_cast<std::size_t>(logits.positions);
  for (std::size_t sequence = 0; sequence < tokens.size(); ++sequence) {
    const std::size_t start = (sequence * positions + positions - 1) * vocabulary;
    switch (logits.element) {
      case ElementType::f32:
        tokens[sequence] = argmax(static_cast<const float*>(logits.data) + start, vocabulary);
        break;
      case ElementType::f16:
      case ElementType::bf16:
        tokens[sequence] = argmax(static_cast<const std::uint16_t*>(logits.data) + start, vocabulary);
        break;
    }
  }
}

std::span<const float> row_f32(const LogitsView& logits, std::size_t row, std::span<float> converted) {
  const auto vocabulary = static_cast<std::size_t>(logits.vocabulary);
  if (logits.element == ElementType::f32) {
    return {static_cast<const float*>(logits.data) + row * vocabulary, vocabulary};
  }
  const auto* source = static_cast<const std::uint16_t*>(logits.data) + row * vocabulary;
  widen(logits.element, source, vocabulary, converted.data());
  return converted.first(vocabulary);
}

std::vector<float> to_f32(const LogitsView& logits) {
  std::vector<float> values(element_count(logits));
  if (logits.element == ElementType::f32) {
    std::memcpy(values.data(), logits.data, values.size() * sizeof(float));
    return values;
  }
  widen(logits.element, static_cast<const std::uint16_t*>(logits.data), values.size(), values.data());
  return values;
}

}  // namespace inferscale::measure
