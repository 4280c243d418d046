#include <algorithm>
#include <array>

#include "family/families.hpp"

namespace inferscale::family {
namespace {

using namespace model;

Result<const Family*> family_of_name(const std::string& name, const std::string& place) {
  const auto& known = families();
  const auto found =
      std::find_if(known.begin(), known.end(), [&](const Family* family) { return family->name == name; });
  if (found == known.end()) {
    return fail("{}: unknown family '{}'", place, name);
  }
  return *found;
}

Result<void> read_activation_name(FieldReader& fields, Activation& activation) {
  std::string text(to_string(activation));
  TRY(fields.read("activation", text));
  for (const auto one : {Activation::gelu_new, Activation::gelu, Activation::relu}) {
    if (to_string(one) == text) {
      activation = one;
      return {};
    }
  }
  return fail("{}: unknown activation '{}'", fields.place_of("activation"), text);
}

}  // namespace

Result<DecoderSpec> spec_from_json(const Json& json, const std::string& place) {
  DecoderSpec spec;
  FieldReader fields(json, place);
  std::string name(gpt2().name);
  TRY(fields.read("family", name));
  TRY_ASSIGN(spec.family, family_of_name(name, place));
  TRY(fields.require("name", spec.name));
  TRY(fields.require("layers", spec.layers));
  TRY(fields.require("hidden", spec.hidden));
  TRY(fields.require("heads", spec.heads));
  TRY(fields.read("vocabulary", spec.vocabulary));
  TRY(fields.read("positions", spec.positions));
  TRY(fields.read("inner", spec.inner));
  TRY(fields.read("layer_norm_epsilon", spec.norm.epsilon));
  TRY(read_activation_name(fields, spec.mlp.activation));
  TRY(fields.read("kv_heads", spec.kv_heads));
  TRY(fields.read("head_size", spec.head_size));
  TRY(fields.read("position_offset", spec.position.offset));
  TRY(fields.read("attention_bias", spec.biases.attention));
  TRY(fields.read("mlp_bias", spec.biases.mlp));
  TRY(fields.read("tied_head", spec.tied_head));
  TRY(fields.read("scale_by_inverse_layer", spec.scale.by_inverse_layer));
  TRY(fields.finish());
  if (auto valid = validate(spec); !valid) {
    return tl::unexpected(valid.error().in(place));
  }
  return spec;
}

}  // namespace inferscale::family
