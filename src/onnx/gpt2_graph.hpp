#pragma once

#include <onnx/onnx_pb.h>

#include "model/spec.hpp"
#include "onnx/settings.hpp"

namespace inferscale::onnx_graph {

/// The graph of a GPT-2 model, its weights declared as initializers by their canonical names and shapes but
/// without bytes. Source: Radford et al. 2019; the arithmetic is that of transformers' GPT2LMHeadModel.
onnx::ModelProto build_gpt2_graph(const model::DecoderSpec& config, const ExportSettings& settings);

}  // namespace inferscale::onnx_graph
