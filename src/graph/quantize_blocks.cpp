#include "graph/quantize_blocks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "graph/quantize_weight.hpp"
#include "onnx/quantization.hpp"

namespace inferscale::graph {
namespace {

constexpr auto kBlock = static_cast<std::size_t>(onnx_graph::kBlock);
constexpr float kLargest = 15.0F;       // of 4 bits
constexpr float kLargestWide = 127.0F;  // of 8, away from
constexpr float kZeroPointWide = 128.0F;
/// Scales that are tried, over the one that clips nothing: clipping the outermost weights makes all others
/// finer.
constexpr std::array<float, 7> kScaleFactors{1.0F, 0.8F, 0.85F, 0.9F, 0.95F, 1.05F, 1.1F};
/// Zero points that are tried, from the one in the middle on.
constexpr std::array<float, 3> kZeroPointSteps{0.0F, -1.0F, 1.0F};

struct Block {
  std::array<float, kBlock> values{};  ///< weights, or integers of 0 to 15 (4 bits) or 255 (8)
  float scale = 1.0F;
  float zero_point = 0.0F;
};

/// To the nearest integer, ties to even, of what lies between -2^22 and 2^22; a loop of it is vectorised.
float rounded(float value) {
  constexpr float kUnitSpacing = 12582912.0F;  // 1.5 x 2^23: floats of this size are integers
  return (value + kUnitSpacing) - kUnitSpacing;
}

void quantise(const Block& weights, float scale, Block& made) {
  const float inverse = 1.0F / scale;
  for (std::size_t i = 0; i < kBlock; ++i) {
    made.values.at(i) = std::clamp(rounded(weights.values.at(i) * inverse) + made.zero_point, 0.0F, kLargest);
  }
}

/// How much of the squared weights the integers explain with the scale that fits them best, which they get; 0
/// for integers that explain nothing.
double fit_scale(const Block& weights, Block& made) {
  double products = 0;
  double squares = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const double steps = made.values.at(i) - made.zero_point;
    products += steps * weights.values.at(i);
    squares += steps * steps;
  }
  if (squares == 0) {
    return 0;
  }
  made.scale = static_cast<float>(products / squares);
  return products * products / squares;
}

Block quantize_block(const Block& weights) {
  const auto [low, high] = std::minmax_element(weights.values.begin(), weights.values.end());
  const float least = std::min(*low, 0.0F);
  const float largest = std::max(*high, 0.0F);
  const float step = largest / kLargest - least / kLargest;
  Block best;
  // Subnormal scales: runtimes flush them to 0 and divide by them.
  if (step < 2 * std::numeric_limits<float>::min()) {
    return best;
  }
  double most = 0;
  for (const float factor : kScaleFactors) {
    const float scale = step * factor;
    const float middle = rounded(kLargest / 2 - (largest / scale + least / scale) / 2);
    for (const float off : kZeroPointSteps) {
      Block made;
      made.zero_point = std::clamp(middle + off, 0.0F, kLargest);
      quantise(weights, scale, made);
      if (const double explained = fit_scale(weights, made); explained > most) {
        most = explained;
        best = made;
      }
    }
  }
  return best;
}

Block quantize_symmetric(const Block& weights) {
  float most = 0.0F;
  for (const float weight : weights.values) {
    most = std::max(most, std::abs(weight));
  }
  Block made;
  if (const float scale = most / kLargestWide; scale >= std::numeric_limits<float>::min()) {
    made.scale = scale;
  }
  for (std::size_t i = 0; i < kBlock; ++i) {
    const float steps =
        std::clamp(std::nearbyint(weights.values.at(i) / made.scale), -kLargestWide, kLargestWide);
    made.values.at(i) = kZeroPointWide + steps;
  }
  return made;
}

void store(std::span<const float> values, std::vector<std::uint8_t>& stored) {
  for (const float value : values) {
    stored.push_back(static_cast<std::uint8_t>(value));
  }
}

/// Two a byte, the earlier in the low bits.
void pack(std::span<const float> values, std::vector<std::uint8_t>& packed) {
  for (std::size_t i = 0; i < values.size(); i += 2) {
    const auto later = i + 1 < values.size() ? static_cast<unsigned>(values[i + 1]) : 0U;
    packed.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(values[i]) | later << 4U));
  }
}

}  // namespace

Result<BlockQuantizedWeight> quantize_blocks(const model::Tensor& spec, std::span<const float> weights,
                                             int bits, std::uint64_t first) {
  TRY(check_finite(spec, weights, first));
  const bool narrow = bits == onnx_graph::kInt4Bits;
  const bool by_rows = output_axis(spec) == 0;
  const auto rows = static_cast<std::size_t>(spec.shape.at(0));
  const auto columns = static_cast<std::size_t>(spec.shape.at(1));
  const std::size_t outputs = by_rows ? rows : columns;
  const std::size_t inputs = by_rows ? columns : rows;
  const std::size_t blocks = (inputs + kBlock - 1) / kBlock;
  BlockQuantizedWeight quantized;
  quantized.values.reserve(outputs * blocks * kBlock / (narrow ? 2 : 1));
  quantized.scales.reserve(outputs * blocks);
  std::vector<float> zero_points(blocks);
  for (std::size_t output = 0; output < outputs; ++output) {
    for (std::size_t number = 0; number < blocks; ++number) {
      Block block;
      for (std::size_t i = 0; i < kBlock && number * kBlock + i < inputs; ++i) {
        const std::size_t input = number * kBlock + i;
        block.values.at(i) = weights[by_rows ? output * columns + input : input * columns + output];
      }
      const Block made = narrow ? quantize_block(block) : quantize_symmetric(block);
      narrow ? pack(made.values, quantized.values) : store(made.values, quantized.values);
      quantized.scales.push_back(made.scale);
      zero_points[number] = made.zero_point;
    }
    if (narrow) {
      pack(zero_points, quantized.zero_points);
    }
  }
  return quantized;
}

}  // namespace inferscale::graph
