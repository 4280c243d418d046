#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <span>
#include <vector>

#include "core/error.hpp"
#include "graph/quantize_weight.hpp"
#include "model/weights.hpp"

namespace inferscale::graph {

/// Gives the writer a model's weights, one at a time, in the types that the graph declares; the pages of the
/// one before go back to the kernel. Holds one converted tensor at most.
class WeightStream {
 public:
  /// `largest_weight`: what the largest magnitude of an int8 weight becomes (quantization.hpp).
  WeightStream(const model::WeightSource& source, float largest_weight)
      : source_(source), largest_weight_(largest_weight) {}

  /// The bytes of a declared weight, FLOAT or FLOAT16, or of an int8 weight or its scales
  /// (quantization.hpp); valid until the next call. A value that FLOAT16 cannot hold is an error that names
  /// the tensor and the element.
  Result<std::span<const std::byte>> operator()(const onnx::TensorProto& declared);
  void release_last();

 private:
  Result<std::span<const float>> floats_of(const model::Tensor& spec);
  Result<std::span<const std::byte>> halves_of(const model::Tensor& spec);
  Result<std::span<const std::byte>> quantized(const model::Tensor& spec, bool scales);

  const model::WeightSource& source_;
  float largest_weight_;
  const model::Tensor* last_ = nullptr;
  std::vector<float> floats_;
  std::vector<std::uint16_t> halves_;
  QuantizedWeight quantized_;
};

}  // namespace inferscale::graph
