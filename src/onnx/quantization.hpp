#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace inferscale::onnx_graph {

/// Where an int8 graph has its scales from. `qdq`: those of activations from calibration, as QuantizeLinear
/// and DequantizeLinear pairs that every runtime takes. `dynamic`: from each tensor as it comes
/// (DynamicQuantizeLinear and MatMulInteger), for ONNX Runtime. `blocks`: weights and activations have one
/// for each kBlock of a row (MatMulNBits), for ONNX Runtime and OpenVINO: a few large activations, which
/// trained models of the Llama families have (Sun et al. 2024, "Massive Activations in Large Language
/// Models"), cost their block alone its precision.
enum class QuantizationForm { qdq, dynamic, blocks };

std::string_view to_string(QuantizationForm form);
std::optional<QuantizationForm> parse_quantization_form(std::string_view text);

/// Raise it whenever the bytes of an int8 graph change.
inline constexpr int kQuantizationVersion = 1;

/// What an int8 graph stores a weight in. 8: values in [-127, 127]. 7: in [-64, 64], so that the sum of two
/// products with unsigned activations (2 x 255 x 64 = 32,640) fits the 16 bits in which processors without
/// VNNI add such pairs (VPMADDUBSW saturates there).
inline constexpr int kWeightBits = 8;
inline constexpr int kNarrowWeightBits = 7;
constexpr float largest_weight(int bits) {
  return bits == kNarrowWeightBits ? 64.0F : 127.0F;
}

/// A graph of weights in blocks has a scale for so many weights of an output, in the order of its inputs.
inline constexpr int kBlock = 32;
/// At 4 bits a block has a zero point too; at 8 it is 128.
inline constexpr int kInt4Bits = 4;
inline constexpr int kInt8Bits = 8;
/// Of a block's values.
constexpr int block_bytes(int bits) {
  return kBlock * bits / 8;
}
/// Raise it whenever the bytes of an int4 graph change.
inline constexpr int kInt4Version = 3;

/// What decides an int8 graph beside its weights, whose scales are theirs alone: one a column of outputs (or
/// a block of it), the largest magnitude there / largest_weight(), zero point 0.
struct Quantization {
  QuantizationForm form = QuantizationForm::dynamic;
  bool head = false;  ///< the output projection too
  int weight_bits = kWeightBits;
  /// The same integers are multiplied as floats, in an order of nodes that no runtime makes integers of: what
  /// the integer graph is held against. Sums of up to 2^24 are exact in fp32, larger ones to 6e-8.
  bool exact_products = false;
  /// qdq: by activation, the magnitude that 127 stands for; the scale is that / 127, the zero point 0.
  std::map<std::string, float> limits;
};

/// What `weight` is called in an int8 graph, and its scales.
std::string int8_name(std::string_view weight);
std::string scale_name(std::string_view weight);
/// The same where it has `bits` (4 or 8) in blocks, and the zero points of 4 bits.
std::string block_values_name(std::string_view weight, int bits);
std::string block_scales_name(std::string_view weight, int bits);
std::string int4_zero_points_name(std::string_view weight);

enum class QuantizedPart {
  int8,
  scales,
  int8_blocks,
  int8_block_scales,
  int4,
  int4_scales,
  int4_zero_points
};
/// Which part of which weight ("h.0.attn.c_attn.weight") one of those names is of; nothing for another name.
struct QuantizedName {
  std::string_view weight;
  QuantizedPart part;
};
std::optional<QuantizedName> quantized_weight_of(std::string_view name);
}  // namespace inferscale::onnx_graph
