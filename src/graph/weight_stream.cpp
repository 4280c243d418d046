#include "graph/weight_stream.hpp"

#include <cmath>

#include "onnx/quantization.hpp"

namespace inferscale::graph {

using namespace model;

Result<std::span<const std::byte>> WeightStream::operator()(const onnx::TensorProto& declared) {
  release_last();
  const auto quantized_from = onnx_graph::quantized_weight_of(declared.name());
  for (const auto& spec : source_.specs()) {
    if (!quantized_from.empty() && spec.name == quantized_from) {
      last_ = &spec;
      return quantized(spec, declared.data_type() == onnx::TensorProto::FLOAT);
    }
    if (spec.name != declared.name()) {
      continue;
    }
    last_ = &spec;
    if (declared.data_type() == onnx::TensorProto::FLOAT16) {
      return halves_of(spec);
    }
    if (source_.dtype(spec.name) == Dtype::f32) {
      return source_.raw(spec);
    }
    TRY_ASSIGN(const std::span<const float> floats, floats_of(spec));
    return std::as_bytes(floats);
  }
  return fail("the model has no weight '{}'", declared.name());
}

void WeightStream::release_last() {
  if (last_ != nullptr) {
    source_.release(*last_);
  }
}

Result<std::span<const std::byte>> WeightStream::quantized(const Tensor& spec, bool scales) {
  TRY_ASSIGN(const std::span<const float> floats, floats_of(spec));
  TRY_ASSIGN(quantized_, quantize_weight(spec, floats, output_axis(spec), largest_weight_));
  return scales ? std::as_bytes(std::span<const float>(quantized_.scales))
                : std::as_bytes(std::span<const std::int8_t>(quantized_.values));
}

Result<std::span<const float>> WeightStream::floats_of(const Tensor& spec) {
  if (const auto view = source_.view_f32(spec)) {
    return *view;
  }
  TRY_ASSIGN(const std::int64_t elements, element_count(spec.shape));
  floats_.resize(static_cast<std::size_t>(elements));
  TRY(source_.read_f32(spec, floats_));
  return std::span<const float>(floats_);
}

Result<std::span<const std::byte>> WeightStream::halves_of(const Tensor& spec) {
  if (source_.dtype(spec.name) == Dtype::f16) {
    return source_.raw(spec);
  }
  TRY_ASSIGN(const std::span<const float> floats, floats_of(spec));
  halves_.resize(floats.size());
  for (std::size_t i = 0; i < floats.size(); ++i) {
    halves_[i] = float_to_f16(floats[i]);
  }
  const auto bytes = std::as_bytes(std::span<const std::uint16_t>(halves_));
  if (const auto place = find_not_finite(Dtype::f16, bytes)) {
    return fail("tensor '{}' has the value {} at element {}, which fp16 (at most 65504) cannot hold",
                spec.name, floats[*place], *place);
  }
  return bytes;
}

}  // namespace inferscale::graph
