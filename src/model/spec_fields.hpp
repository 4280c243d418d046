#pragma once

#include <array>
#include <string>
#include <string_view>
#include <tuple>

#include "core/fields.hpp"
#include "model/spec.hpp"

// A decoder's spec as JSON, each field declared once: manifests, messages to workers and the keys of
// artifacts hold it. docs/reference/protocol.md says what it means.

namespace inferscale::model {

/// Names of enumerations, in their order.
inline constexpr std::array<std::string_view, 4> kActivations{"gelu_new", "gelu", "relu", "silu"};
inline constexpr std::array<std::string_view, 2> kNormKinds{"layer", "rms"};
inline constexpr std::array<std::string_view, 2> kPositionKinds{"learned", "rope"};
inline constexpr std::array<std::string_view, 5> kRopeScalings{"none", "linear", "dynamic", "llama3", "yarn"};

constexpr const auto& names_of(Activation /*type*/) {
  return kActivations;
}
constexpr const auto& names_of(NormKind /*type*/) {
  return kNormKinds;
}
constexpr const auto& names_of(PositionKind /*type*/) {
  return kPositionKinds;
}
constexpr const auto& names_of(RopeScaling /*type*/) {
  return kRopeScalings;
}

/// An enumeration as its name.
struct NameCodec {
  template <class T>
  static Json write(T value) {
    return to_string(value);
  }
  template <class T>
  static Result<void> read(FieldReader& reader, std::string_view name, T& value) {
    std::string text(to_string(value));
    TRY(reader.read(name, text));
    const auto& names = names_of(value);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == text) {
        value = static_cast<T>(i);
        return {};
      }
    }
    return fail("{}: unknown {} '{}'", reader.place_of(name), name, text);
  }
};

constexpr auto declared_fields(const Rope* /*type*/) {
  return std::tuple{
      field<&Rope::theta>("theta"),
      differing(coded_field<NameCodec, &Rope::scaling>("scaling")),
      differing(field<&Rope::factor>("factor")),
      differing(field<&Rope::original_positions>("original_max_position_embeddings")),
      differing(field<&Rope::low_freq_factor>("low_freq_factor")),
      differing(field<&Rope::high_freq_factor>("high_freq_factor")),
      differing(field<&Rope::attention_factor>("attention_factor")),
      differing(field<&Rope::beta_fast>("beta_fast")),
      differing(field<&Rope::beta_slow>("beta_slow")),
      differing(field<&Rope::truncate>("truncate")),
  };
}

/// Always written.
constexpr auto shape_fields() {
  return std::tuple{
      field<&DecoderSpec::name>("name", {.required = true}),
      field<&DecoderSpec::layers>("layers", {.required = true}),
      field<&DecoderSpec::hidden>("hidden", {.required = true}),
      field<&DecoderSpec::heads>("heads", {.required = true}),
      field<&DecoderSpec::vocabulary>("vocabulary"),
      field<&DecoderSpec::positions>("positions"),
      field<&DecoderSpec::inner>("inner"),
      field<&DecoderSpec::norm, &Norm::epsilon>("layer_norm_epsilon"),  // of either norm
      coded_field<NameCodec, &DecoderSpec::mlp, &Mlp::activation>("activation"),
  };
}

/// Comes between the two lists, where it is not the default; src/family/ knows the names.
inline constexpr std::string_view kFamilyField = "family";
inline constexpr std::string_view kDefaultFamily = "gpt2";

constexpr auto differing_fields() {
  return std::tuple{
      differing(field<&DecoderSpec::kv_heads>("kv_heads")),
      differing(field<&DecoderSpec::head_size>("head_size")),
      differing(field<&DecoderSpec::position, &Position::offset>("position_offset")),
      differing(field<&DecoderSpec::biases, &Biases::attention>("attention_bias")),
      differing(field<&DecoderSpec::biases, &Biases::mlp>("mlp_bias")),
      differing(field<&DecoderSpec::tied_head>("tied_head")),
      differing(field<&DecoderSpec::scale, &AttentionScale::by_inverse_layer>("scale_by_inverse_layer")),
      differing(field<&DecoderSpec::biases, &Biases::attention_output>("attention_output_bias")),
      differing(coded_field<NameCodec, &DecoderSpec::norm, &Norm::kind>("norm")),
      differing(coded_field<NameCodec, &DecoderSpec::position, &Position::kind>("position")),
      differing(field<&DecoderSpec::position, &Position::rope>("rope")),
      differing(field<&DecoderSpec::mlp, &Mlp::gated>("gated_mlp")),
      differing(field<&DecoderSpec::qk_norm>("qk_norm")),
      differing(field<&DecoderSpec::window, &Window::size>("window")),
      differing(field<&DecoderSpec::window, &Window::layers>("window_layers")),
  };
}

}  // namespace inferscale::model
