#include "graph/quantize_weight.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "onnx/quantization.hpp"

namespace inferscale::graph {
namespace {

/// The largest magnitude of each output's weights.
std::vector<float> magnitudes(std::span<const float> weights, std::size_t columns, std::size_t outputs,
                              int axis) {
  std::vector<float> largest(outputs, 0.0F);
  for (std::size_t begin = 0, row = 0; begin < weights.size(); begin += columns, ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      float& output = largest[axis == 0 ? row : column];
      output = std::max(output, std::abs(weights[begin + column]));
    }
  }
  return largest;
}

Result<void> check_finite(const model::Tensor& spec, std::span<const float> weights, std::uint64_t first) {
  const auto unsound =
      std::find_if(weights.begin(), weights.end(), [](float value) { return !std::isfinite(value); });
  if (unsound != weights.end()) {
    return fail("tensor '{}' has the value {} at element {}, which cannot be quantised", spec.name, *unsound,
                first + static_cast<std::uint64_t>(unsound - weights.begin()));
  }
  return {};
}

constexpr auto kBlock = static_cast<std::size_t>(onnx_graph::kInt4Block);
constexpr float kZeroPoint = 8.0F;
constexpr float kLargestInt4 = 15.0F;

/// Its scale; `block` becomes values of 0 to 15.
float quantize_block(std::span<float> block) {
  const float extreme = *std::max_element(
      block.begin(), block.end(), [](float one, float other) { return std::abs(one) < std::abs(other); });
  float scale = extreme / -kZeroPoint;
  if (std::abs(scale) < std::numeric_limits<float>::min()) {  // subnormal, as above
    scale = 1.0F;
  }
  for (float& value : block) {
    value = std::clamp(std::nearbyint(value / scale) + kZeroPoint, 0.0F, kLargestInt4);
  }
  return scale;
}

}  // namespace

Result<BlockQuantizedWeight> quantize_blocks(const model::Tensor& spec, std::span<const float> weights,
                                             std::uint64_t first) {
  TRY(check_finite(spec, weights, first));
  const bool by_rows = output_axis(spec) == 0;
  const auto rows = static_cast<std::size_t>(spec.shape.at(0));
  const auto columns = static_cast<std::size_t>(spec.shape.at(1));
  const std::size_t outputs = by_rows ? rows : columns;
  const std::size_t inputs = by_rows ? columns : rows;
  const std::size_t blocks = (inputs + kBlock - 1) / kBlock;
  BlockQuantizedWeight quantized;
  quantized.values.reserve(outputs * blocks * kBlock / 2);
  quantized.scales.reserve(outputs * blocks);
  std::array<float, kBlock> block{};
  for (std::size_t output = 0; output < outputs; ++output) {
    for (std::size_t begin = 0; begin < inputs; begin += kBlock) {
      for (std::size_t i = 0; i < kBlock; ++i) {
        const std::size_t input = begin + i;
        const std::size_t place = by_rows ? output * columns + input : input * columns + output;
        block.at(i) = input < inputs ? weights[place] : 0.0F;
      }
      quantized.scales.push_back(quantize_block(block));
      for (std::size_t i = 0; i < kBlock; i += 2) {
        quantized.values.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(block.at(i)) |
                                                             static_cast<unsigned>(block.at(i + 1)) << 4U));
      }
    }
  }
  return quantized;
}

Result<QuantizedWeight> quantize_weight(const model::Tensor& spec, std::span<const float> weights, int axis,
                                        float largest, std::uint64_t first) {
  TRY(check_finite(spec, weights, first));
  const auto columns = static_cast<std::size_t>(spec.shape.at(1));
  QuantizedWeight quantized;
  quantized.scales = magnitudes(
      weights, columns, static_cast<std::size_t>(spec.shape.at(static_cast<std::size_t>(axis))), axis);
  for (float& scale : quantized.scales) {
    scale /= largest;
    if (scale < std::numeric_limits<float>::min()) {  // subnormal: runtimes flush it to 0 and divide by it
      scale = 1.0F;
    }
  }
  quantized.values.resize(weights.size());
  for (std::size_t begin = 0, row = 0; begin < weights.size(); begin += columns, ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      const float steps = weights[begin + column] / quantized.scales[axis == 0 ? row : column];
      quantized.values[begin + column] =
          static_cast<std::int8_t>(std::clamp(std::nearbyint(steps), -largest, largest));
    }
  }
  return quantized;
}

}  // namespace inferscale::graph
