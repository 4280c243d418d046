#include "model/tensor.hpp"

#include <functional>
#include <numeric>

#include "model/family.hpp"

namespace inferscale::model {

std::vector<Tensor> tensors(const DecoderSpec& spec) {
  return spec.family->tensors(spec);
}

std::int64_t elements(const Tensor& tensor) {
  return std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::int64_t{1}, std::multiplies<>());
}

int output_axis(const Tensor& tensor) {
  return tensor.layout == Layout::out_in ? 0 : 1;
}

bool is_projection(const Tensor& tensor) {
  if (tensor.part != Part::weight) {
    return false;
  }
  switch (tensor.role) {
    case Role::query_key_value:
    case Role::query:
    case Role::key:
    case Role::value:
    case Role::attention_output:
    case Role::mlp_gate:
    case Role::mlp_up:
    case Role::mlp_down:
      return true;
    default:
      return false;
  }
}

bool is_norm(Role role) {
  switch (role) {
    case Role::attention_norm:
    case Role::query_norm:
    case Role::key_norm:
    case Role::mlp_norm:
    case Role::final_norm:
      return true;
    default:
      return false;
  }
}

}  // namespace inferscale::model
