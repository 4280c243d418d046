#pragma once

#include <onnx/onnx_pb.h>

#include "model/spec.hpp"
#include "onnx/settings.hpp"

namespace inferscale::graph {

/// The graph of a decoder, its weights declared as initializers by their canonical names and shapes but
/// without bytes. The arithmetic is that of transformers' model of the family.
onnx::ModelProto build_decoder(const model::DecoderSpec& spec, const onnx_graph::ExportSettings& settings);

}  // namespace inferscale::graph
