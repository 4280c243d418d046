#pragma once

#include <string>

#include "graph/emitter.hpp"

namespace inferscale::graph {

// The blocks of a decoder, one file each. The residual stream is [tokens, hidden] with tokens = batch x
// sequence: every projection is then one Gemm with its bias inside, which both CPU runtimes run as a single
// kernel. At int8 the stream is [1, tokens, hidden] (onnx/quantized_linear.hpp says why).

/// Names of what all layers share.
struct Shared {
  std::string shape;       ///< of input_ids
  std::string places;      ///< 0, 1, .. of a sequence
  std::string mask;        ///< [sequence, sequence], to add to scores
  std::string head_shape;  ///< [batch, sequence, heads, head size]
  std::string flat_shape;  ///< of the residual stream
};
Shared shared_inputs(Emitter& emit);

/// Token ids to the residual stream.
std::string embedding(Emitter& emit, const Shared& shared);

/// One of the model's norms, in fp32: sums of squares pass 65504, and its parameters stay fp32.
std::string norm(Emitter& emit, const std::string& x, model::Role role, int layer);

/// x + attention(norm(x))
std::string attention(Emitter& emit, const Shared& shared, const std::string& x, int layer);

/// x + mlp(norm(x))
std::string mlp(Emitter& emit, const std::string& x, int layer);

/// The residual stream to the output `logits`, fp32 unless the settings ask for half.
void head(Emitter& emit, const Shared& shared, const std::string& x);

/// What a layer's nodes are called that are not one tensor's: "h.3.attn", "h.3.mlp".
std::string layer_scope(int layer, std::string_view part);

}  // namespace inferscale::graph
