#pragma once

#include <initializer_list>
#include <limits>
#include <string>

#include "core/json.hpp"
#include "model/spec.hpp"

namespace inferscale::family {

// Fields of a config.json; `place` leads the errors, which name the field.

/// null counts as absent: Hugging Face writes it for defaults ("n_inner": null).
const Json* field_of(const Json& json, const char* name);

/// A switch that changes what the model computes and must have the one value that is supported.
Result<void> check_switch(const Json& json, const char* name, bool supported, const std::string& place);

/// `value` stays where the field is absent.
Result<void> read_switch(const Json& json, const char* name, bool& value, const std::string& place);
Result<void> read_number(const Json& json, const char* name, double& value, const std::string& place);

/// A number of at least 1, under the field's own or an older name. Its limit is the spec's, which has other
/// names for the fields.
Result<void> read_size(const Json& json, std::initializer_list<const char*> names, bool required, int& value,
                       const std::string& place, int most = std::numeric_limits<int>::max());

Result<void> read_activation(const Json& json, const char* name, model::Activation& value,
                             const std::string& place);

}  // namespace inferscale::family
