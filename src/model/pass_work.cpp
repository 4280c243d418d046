#include "model/pass_work.hpp"

#include "model/tensor.hpp"

namespace inferscale::model {

ModelWork model_work(const DecoderSpec& spec) {
  ModelWork work;
  for (const Tensor& tensor : tensors(spec)) {
    const auto count = static_cast<double>(elements(tensor));
    work.parameters += count;
    if (is_projection(tensor)) {
      work.token_products += count;
    }
    if (tensor.role == (spec.tied_head ? Role::token_embedding : Role::head)) {
      work.logit_products += count;
    }
  }
  work.attention_width = static_cast<double>(spec.layers) * spec.heads * head_size(spec);
  work.vocabulary = spec.vocabulary;
  return work;
}

Work pass_work(const ModelWork& model, double batch, double length, protocol::LogitsScope logits,
               double bytes_per_weight) {
  const double tokens = batch * length;
  const double heads_in = logits == protocol::LogitsScope::all ? tokens : batch;
  Work work;
  work.flops = 2 * tokens * model.token_products + 4 * tokens * length * model.attention_width +
               2 * heads_in * model.logit_products;
  work.bytes = bytes_per_weight * model.parameters + 4 * heads_in * model.vocabulary;
  return work;
}

}  // namespace inferscale::model
