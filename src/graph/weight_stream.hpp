#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "model/weights.hpp"
#include "onnx/model_writer.hpp"
#include "onnx/quantization.hpp"

namespace inferscale::graph {

/// The element type of safetensors that a graph's weight has; nothing for integers.
std::optional<model::Dtype> dtype_of(const onnx::TensorProto& declared);

/// Gives the writer a model's weights, one after another and piece by piece, in the types that the graph
/// declares; pages that were read go back to the kernel. Holds some MB at most, but where a matrix in the
/// layout [in, out] is quantised, which is read whole.
class WeightStream {
 public:
  /// `largest_weight`: what the largest magnitude of an int8 weight becomes (quantization.hpp).
  WeightStream(const model::WeightSource& source, float largest_weight)
      : source_(source), largest_weight_(largest_weight) {}

  /// The bytes of a declared weight, FLOAT, FLOAT16 or BFLOAT16, or of a quantised weight, its scales or its
  /// zero points (quantization.hpp). A value that 16 bits cannot hold is an error that names the tensor and
  /// the element.
  Result<void> operator()(const onnx::TensorProto& declared, const onnx_graph::ByteSink& sink);

 private:
  Result<void> stored(const model::Tensor& spec, const onnx_graph::ByteSink& sink) const;
  Result<void> converted(const model::Tensor& spec, model::Dtype type, const onnx_graph::ByteSink& sink);
  Result<void> quantized(const model::Tensor& spec, onnx_graph::QuantizedPart part,
                         const onnx_graph::ByteSink& sink);
  /// `values`: int8, int8_blocks or int4.
  Result<void> quantize(const model::Tensor& spec, onnx_graph::QuantizedPart values,
                        const onnx_graph::ByteSink& sink);
  /// Of a weight that is stored as floats a view: the caller releases its pages when they were used.
  Result<std::span<const float>> floats(const model::Tensor& spec, std::uint64_t first, std::uint64_t count);
  void release(const model::Tensor& spec, std::uint64_t first, std::uint64_t count) const;

  const model::WeightSource& source_;
  float largest_weight_;
  std::vector<float> floats_;
  std::vector<std::uint16_t> halves_;
  std::vector<float> scales_;                                    ///< of the weight that was quantised last
  std::vector<std::uint8_t> zero_points_;                        ///< of the same, to 4 bits
  std::pair<std::string, onnx_graph::QuantizedPart> scales_of_;  ///< that weight, and as what
};

}  // namespace inferscale::graph
