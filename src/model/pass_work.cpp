#include "model/pass_work.hpp"

#include <algorithm>

#include "model/tensor.hpp"

namespace inferscale::model {

ModelWork model_work(const DecoderSpec& spec) {
  ModelWork work;
  for (const Tensor& tensor : tensors(spec)) {
    const auto count = static_cast<double>(elements(tensor));
    // Of a table beside a head of its own a pass reads a row a token.
    work.weights_read += tensor.role == Role::token_embedding && !spec.tied_head ? 0 : count;
    if (is_projection(tensor)) {
      work.token_products += count;
    }
    if (tensor.role == (spec.tied_head ? Role::token_embedding : Role::head)) {
      work.logit_products += count;
    }
  }
  work.window = spec.window.size;
  const double width = static_cast<double>(spec.heads) * head_size(spec);
  for (int layer = 0; layer < spec.layers; ++layer) {
    (window_of(spec, layer) > 0 ? work.window_width : work.attention_width) += width;
  }
  work.vocabulary = spec.vocabulary;
  return work;
}

Work pass_work(const ModelWork& model, double batch, double length, protocol::LogitsScope logits,
               double bytes_per_weight) {
  const double tokens = batch * length;
  const double heads_in = logits == protocol::LogitsScope::all ? tokens : batch;
  Work work;
  const double scores = length * model.attention_width + std::min(length, model.window) * model.window_width;
  work.flops = 2 * tokens * model.token_products + 4 * tokens * scores + 2 * heads_in * model.logit_products;
  work.bytes = bytes_per_weight * model.weights_read + 4 * heads_in * model.vocabulary;
  return work;
}

Work step_work(const ModelWork& model, double batch, double length, double bytes_per_weight,
               double kv_bytes_per_token) {
  Work work = pass_work(model, batch, 1, protocol::LogitsScope::last, bytes_per_weight);
  const double windowed = std::min(length, model.window);
  work.flops +=
      4 * batch *
      ((length - 1) * model.attention_width + (windowed - std::min(1.0, model.window)) * model.window_width);
  const double width = model.attention_width + model.window_width;
  const double read = (length * model.attention_width + windowed * model.window_width) / width;
  work.bytes = bytes_per_weight * model.weights_read + batch * read * kv_bytes_per_token;
  return work;
}

}  // namespace inferscale::model
