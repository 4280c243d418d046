#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/spec.hpp"

namespace inferscale::model {

/// What a tensor is for.
enum class Role {
  token_embedding,
  position_embedding,
  attention_norm,
  query_key_value,  ///< one projection, whose outputs are queries, then keys, then values
  query,
  key,
  value,
  query_norm,  ///< of each head's query
  key_norm,
  attention_output,
  mlp_norm,
  mlp_gate,  ///< of a gated MLP: what goes through the activation
  mlp_up,
  mlp_down,
  final_norm,
  head,  ///< of a model whose output projection is its own
};

enum class Part { weight, bias };

/// Of a matrix. `in_out`: y = x W. `out_in`: y = x W^T, as embeddings and torch's Linear have it.
enum class Layout { in_out, out_in };

/// A tensor that a model must have, under its canonical name: the one of the family's Hugging Face files,
/// without the family's prefix.
struct Tensor {
  std::string name;
  std::vector<std::int64_t> shape;
  Role role = Role::token_embedding;
  Part part = Part::weight;
  int layer = -1;  ///< -1: of no layer
  Layout layout = Layout::out_in;
};

/// The tensors of the spec's family.
std::vector<Tensor> tensors(const DecoderSpec& spec);

/// Its shape's product.
std::int64_t elements(const Tensor& tensor);
/// The axis of a matrix's outputs: 0 for out_in, 1 for in_out.
int output_axis(const Tensor& tensor);
/// True for a matrix that every token passes, in a block; the output projection is none.
bool is_projection(const Tensor& tensor);
bool is_norm(Role role);

}  // namespace inferscale::model
