#include "family/config_fields.hpp"

#include <array>
#include <cstdint>

#include "model/safetensors.hpp"

namespace inferscale::family {
namespace {

struct ActivationName {
  std::string_view name;
  model::Activation activation;
};
// The first three are names of one formula, the tanh approximation.
constexpr std::array<ActivationName, 7> kActivationNames{{{"gelu_new", model::Activation::gelu_new},
                                                          {"gelu_pytorch_tanh", model::Activation::gelu_new},
                                                          {"gelu_fast", model::Activation::gelu_new},
                                                          {"gelu", model::Activation::gelu},
                                                          {"relu", model::Activation::relu},
                                                          {"silu", model::Activation::silu},
                                                          {"swish", model::Activation::silu}}};

}  // namespace

const Json* field_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() || found->is_null() ? nullptr : &*found;
}

Result<void> check_switch(const Json& json, const char* name, bool supported, const std::string& place) {
  const Json* value = field_of(json, name);
  if (value == nullptr || (value->is_boolean() && value->get<bool>() == supported)) {
    return {};
  }
  return fail("{}: {} is {}, but only {} is supported", place, name, model::printable(to_line(*value)),
              supported);
}

Result<void> read_switch(const Json& json, const char* name, bool& value, const std::string& place) {
  if (field_of(json, name) == nullptr) {
    return {};
  }
  FieldReader reader(json, place);
  return reader.read(name, value);
}

Result<void> read_number(const Json& json, const char* name, double& value, const std::string& place) {
  if (field_of(json, name) == nullptr) {
    return {};
  }
  FieldReader reader(json, place);
  return reader.read(name, value);
}

Result<void> read_size(const Json& json, std::initializer_list<const char*> names, bool required, int& value,
                       const std::string& place, int most) {
  for (const char* name : names) {
    if (const Json* given = field_of(json, name); given != nullptr) {
      if (given->is_number_unsigned() && given->get<std::uint64_t>() > static_cast<std::uint64_t>(most)) {
        return fail("{}: field '{}' must be at most {}, not {}", place, name, most, to_line(*given));
      }
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

Result<void> read_activation(const Json& json, const char* name, model::Activation& value,
                             const std::string& place) {
  const Json* activation = field_of(json, name);
  if (activation == nullptr) {
    return {};
  }
  if (activation->is_string()) {
    const auto text = activation->get<std::string>();
    for (const ActivationName& known : kActivationNames) {
      if (text == known.name) {
        value = known.activation;
        return {};
      }
    }
  }
  return fail(
      "{}: {} is {}, but only gelu_new (also called gelu_pytorch_tanh and gelu_fast), gelu, relu and silu "
      "(also "
      "called swish) are supported",
      place, name, model::printable(to_line(*activation)));
}

}  // namespace inferscale::family
