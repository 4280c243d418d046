#include <array>
#include <optional>

#include "core/json.hpp"
#include "model/model.hpp"

namespace inferscale::model {
namespace {

/// null counts as absent: Hugging Face writes it for defaults ("n_inner": null).
const Json* field_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() || found->is_null() ? nullptr : &*found;
}

Result<void> check_family(const Json& json, const std::string& place) {
  if (const Json* type = field_of(json, "model_type")) {
    if (!type->is_string() || type->get<std::string>() != "gpt2") {
      return fail("{}: model_type is {}, but only gpt2 is supported", place, printable(to_line(*type)));
    }
    return {};
  }
  // Configs from before model_type existed name a class instead.
  const Json* classes = field_of(json, "architectures");
  if (classes != nullptr && classes->is_array() && !classes->empty() && classes->front().is_string() &&
      classes->front().get<std::string>().rfind("GPT2", 0) == 0) {
    return {};
  }
  return fail("{}: field 'model_type' is missing; only gpt2 is supported", place);
}

/// A switch that changes what the model computes must have GPT-2's own setting.
Result<void> check_switch(const Json& json, const char* name, bool supported, const std::string& place) {
  const Json* value = field_of(json, name);
  if (value == nullptr || (value->is_boolean() && value->get<bool>() == supported)) {
    return {};
  }
  return fail("{}: {} is {}, but only {} is supported", place, name, printable(to_line(*value)), supported);
}

/// The field under its own or its older name.
Result<void> read_size(const Json& json, std::initializer_list<const char*> names, bool required, int& value,
                       const std::string& place) {
  for (const char* name : names) {
    if (field_of(json, name) != nullptr) {
      int read = 0;
      FieldReader reader(json, place);
      TRY(reader.read(name, read));
      if (read < 1) {
        return fail("{}: field '{}' must be at least 1, not {}", place, name, read);
      }
      value = read;
      return {};
    }
  }
  if (required) {
    return fail("{}: field '{}' is missing", place, *names.begin());
  }
  return {};
}

Result<void> check_activation(const Json& json, const std::string& place) {
  const Json* activation = field_of(json, "activation_function");
  if (activation == nullptr) {
    return {};
  }
  // Three names of one formula, the tanh approximation.
  constexpr std::array<std::string_view, 3> kTanhGelu{"gelu_new", "gelu_pytorch_tanh", "gelu_fast"};
  if (activation->is_string()) {
    const auto name = activation->get<std::string>();
    for (const std::string_view known : kTanhGelu) {
      if (name == known) {
        return {};
      }
    }
  }
  return fail(
      "{}: activation_function is {}, but only gelu_new (also called gelu_pytorch_tanh and gelu_fast) is "
      "supported",
      place, printable(to_line(*activation)));
}

}  // namespace

Result<ModelConfig> read_hugging_face_config(const std::filesystem::path& config_file) {
  const std::string place = config_file.string();
  TRY_ASSIGN(const Json json, read_json_file(config_file));
  if (!json.is_object()) {
    return fail("{}: must be a JSON object", place);
  }
  TRY(check_family(json, place));
  TRY(check_switch(json, "scale_attn_weights", true, place));
  TRY(check_switch(json, "scale_attn_by_inverse_layer_idx", false, place));
  TRY(check_switch(json, "add_cross_attention", false, place));
  TRY(check_switch(json, "tie_word_embeddings", true, place));
  TRY(check_activation(json, place));
  ModelConfig config;
  TRY(read_size(json, {"n_layer", "num_hidden_layers"}, true, config.layers, place));
  TRY(read_size(json, {"n_embd", "hidden_size"}, true, config.hidden, place));
  TRY(read_size(json, {"n_head", "num_attention_heads"}, true, config.heads, place));
  // Absent ones have GPT2Config's defaults, which are ModelConfig's too.
  TRY(read_size(json, {"vocab_size"}, false, config.vocabulary, place));
  TRY(read_size(json, {"n_positions", "max_position_embeddings", "n_ctx"}, false, config.positions, place));
  TRY(read_size(json, {"n_inner"}, false, config.inner, place));
  if (field_of(json, "layer_norm_epsilon") != nullptr) {
    FieldReader reader(json, place);
    TRY(reader.read("layer_norm_epsilon", config.layer_norm_epsilon));
  }
  if (auto valid = validate(config); !valid) {
    return tl::unexpected(valid.error().in(place));
  }
  config.inner = inner_size(config);
  return config;
}

}  // namespace inferscale::model
