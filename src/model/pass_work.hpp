#pragma once

#include "model/spec.hpp"
#include "protocol/logits_scope.hpp"

namespace inferscale::model {

/// What a forward pass must do at the least, whatever the runtime.
struct Work {
  double flops = 0;  ///< of matrix products; a multiplication and an addition count 2
  double bytes = 0;  ///< weights read once, and logits written once
};

/// What of a model's work does not depend on the pass, counted over its tensors.
struct ModelWork {
  double weights_read = 0;     ///< elements of all tensors but a table that is only looked up
  double token_products = 0;   ///< elements of the matrices that every token passes
  double logit_products = 0;   ///< elements of the output projection
  double attention_width = 0;  ///< heads x head size, over all layers without a sliding window
  double window_width = 0;     ///< the same over those with one
  double window = 0;           ///< tokens
  double vocabulary = 0;
};
ModelWork model_work(const DecoderSpec& spec);

/// With T = batch x length positions, of which H come back as logits (all of them, or one a sequence):
///   flops = 2 T token_products + 4 T (length attention_width + min(length, window) window_width)
///           + 2 H logit_products
///   bytes = bytes of a weight x weights_read + 4 H vocabulary
/// after Williams, Waterman and Patterson (2009), Comm. ACM 52:65. Softmax, norms and activations are left
/// out: their flops are few, and their bytes can stay in a cache.
Work pass_work(const ModelWork& model, double batch, double length, protocol::LogitsScope logits,
               double bytes_per_weight);

/// Of one token a sequence behind `length` tokens of a KV cache, which is read whole, and within a window as
/// far as that reaches; nothing comes back but tokens:
///   flops = 2 batch (token_products + logit_products) + 4 batch (length attention_width + ..)
///   bytes = bytes of a weight x weights_read + batch x length x bytes of a cached token
Work step_work(const ModelWork& model, double batch, double length, double bytes_per_weight,
               double kv_bytes_per_token);

}  // namespace inferscale::model
