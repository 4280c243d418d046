#include "graph/quantize_weight.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

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

}  // namespace

Result<void> check_finite(const model::Tensor& spec, std::span<const float> weights, std::uint64_t first) {
  const auto unsound =
      std::find_if(weights.begin(), weights.end(), [](float value) { return !std::isfinite(value); });
  if (unsound != weights.end()) {
    return fail("tensor '{}' has the value {} at element {}, which cannot be quantised", spec.name, *unsound,
                first + static_cast<std::uint64_t>(unsound - weights.begin()));
  }
  return {};
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
