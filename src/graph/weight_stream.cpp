#include "graph/weight_stream.hpp"

#include <algorithm>

#include "graph/quantize_blocks.hpp"
#include "graph/quantize_weight.hpp"
#include "onnx/quantization.hpp"

namespace inferscale::graph {

using namespace model;
using namespace onnx_graph;

namespace {

constexpr std::uint64_t kPieceElements = 1U << 20;

std::string_view name_of(Dtype type) {
  return type == Dtype::f16 ? "fp16 (at most 65504)" : "bf16 (at most 3.39e38)";
}

/// The part with the values that `part`, scales or zero points, belongs to.
QuantizedPart values_of(QuantizedPart part) {
  switch (part) {
    case QuantizedPart::int8:
    case QuantizedPart::scales:
      return QuantizedPart::int8;
    case QuantizedPart::int8_blocks:
    case QuantizedPart::int8_block_scales:
      return QuantizedPart::int8_blocks;
    default:
      return QuantizedPart::int4;
  }
}

/// The first `rows` rows of the matrix.
Tensor rows_of(const Tensor& matrix, std::uint64_t rows) {
  Tensor part = matrix;
  part.shape.at(0) = static_cast<std::int64_t>(rows);
  return part;
}

}  // namespace

std::optional<Dtype> dtype_of(const onnx::TensorProto& declared) {
  switch (declared.data_type()) {
    case onnx::TensorProto::FLOAT:
      return Dtype::f32;
    case onnx::TensorProto::FLOAT16:
      return Dtype::f16;
    case onnx::TensorProto::BFLOAT16:
      return Dtype::bf16;
    default:
      return std::nullopt;
  }
}

Result<void> WeightStream::operator()(const onnx::TensorProto& declared, const ByteSink& sink) {
  const auto from = quantized_weight_of(declared.name());
  for (const auto& spec : source_.specs()) {
    if (from && spec.name == from->weight) {
      return quantized(spec, from->part, sink);
    }
    if (spec.name == declared.name()) {
      const auto type = dtype_of(declared).value_or(Dtype::f32);
      return type == source_.dtype(spec.name) ? stored(spec, sink) : converted(spec, type, sink);
    }
  }
  return fail("the model has no weight '{}'", declared.name());
}

Result<void> WeightStream::stored(const Tensor& spec, const ByteSink& sink) const {
  constexpr std::size_t kPieceBytes = kPieceElements * sizeof(float);
  const auto bytes = source_.raw(spec);
  for (std::size_t begin = 0; begin < bytes.size(); begin += kPieceBytes) {
    const auto piece = bytes.subspan(begin, std::min(kPieceBytes, bytes.size() - begin));
    TRY(sink(piece));
    source_.release(spec, begin, piece.size());
  }
  return {};
}

Result<std::span<const float>> WeightStream::floats(const Tensor& spec, std::uint64_t first,
                                                    std::uint64_t count) {
  if (const auto stored = source_.view_f32(spec)) {
    return stored->subspan(first, count);
  }
  floats_.resize(count);
  TRY(source_.read_f32(spec, first, floats_));
  return std::span<const float>(floats_);
}

void WeightStream::release(const Tensor& spec, std::uint64_t first, std::uint64_t count) const {
  const auto size = static_cast<std::uint64_t>(bits_of(source_.dtype(spec.name)) / 8);
  source_.release(spec, first * size, count * size);
}

Result<void> WeightStream::converted(const Tensor& spec, Dtype type, const ByteSink& sink) {
  const auto elements = static_cast<std::uint64_t>(model::elements(spec));
  for (std::uint64_t first = 0; first < elements; first += kPieceElements) {
    TRY_ASSIGN(const std::span<const float> piece,
               floats(spec, first, std::min(kPieceElements, elements - first)));
    if (type == Dtype::f32) {
      TRY(sink(std::as_bytes(piece)));
      release(spec, first, piece.size());
      continue;
    }
    halves_.resize(piece.size());
    convert_from_f32(type, piece, halves_);
    const auto bytes = std::as_bytes(std::span<const std::uint16_t>(halves_));
    if (const auto place = find_not_finite(type, bytes)) {
      return fail_as(Outcome::unsupported, "tensor '{}' has the value {} at element {}, which {} cannot hold",
                     spec.name, piece[*place], first + *place, name_of(type));
    }
    release(spec, first, piece.size());
    TRY(sink(bytes));
  }
  return {};
}

/// Scales and zero points follow their weight, so that they are kept from its pass.
Result<void> WeightStream::quantized(const Tensor& spec, QuantizedPart part, const ByteSink& sink) {
  const QuantizedPart values = values_of(part);
  if (part == values) {
    return quantize(spec, values, sink);
  }
  if (scales_of_ != std::pair(spec.name, values)) {
    TRY(quantize(spec, values, [](std::span<const std::byte>) { return Result<void>(); }));
  }
  return sink(part == QuantizedPart::int4_zero_points ? std::as_bytes(std::span(zero_points_))
                                                      : std::as_bytes(std::span(scales_)));
}

/// A row of a matrix [out, in] has its scales alone, so such a matrix is quantised some rows at a time.
Result<void> WeightStream::quantize(const Tensor& spec, QuantizedPart values, const ByteSink& sink) {
  const auto rows = static_cast<std::uint64_t>(spec.shape.at(0));
  const auto columns = static_cast<std::uint64_t>(spec.shape.at(1));
  const bool by_rows = output_axis(spec) == 0;
  const std::uint64_t step = by_rows ? std::clamp<std::uint64_t>(kPieceElements / columns, 1, rows) : rows;
  scales_of_ = {spec.name, values};
  scales_.clear();
  zero_points_.clear();
  for (std::uint64_t row = 0; row < rows; row += step) {
    const std::uint64_t count = std::min(step, rows - row);
    TRY_ASSIGN(const std::span<const float> weights, floats(spec, row * columns, count * columns));
    const Tensor matrix = rows_of(spec, count);
    if (values != QuantizedPart::int8) {
      const int bits = values == QuantizedPart::int4 ? kInt4Bits : kInt8Bits;
      TRY_ASSIGN(const BlockQuantizedWeight made, quantize_blocks(matrix, weights, bits, row * columns));
      scales_.insert(scales_.end(), made.scales.begin(), made.scales.end());
      zero_points_.insert(zero_points_.end(), made.zero_points.begin(), made.zero_points.end());
      TRY(sink(std::as_bytes(std::span(made.values))));
    } else {
      TRY_ASSIGN(const QuantizedWeight made,
                 quantize_weight(matrix, weights, output_axis(spec), largest_weight_, row * columns));
      scales_.insert(scales_.end(), made.scales.begin(), made.scales.end());
      TRY(sink(std::as_bytes(std::span(made.values))));
    }
    release(spec, row * columns, count * columns);
  }
  return {};
}

}  // namespace inferscale::graph
