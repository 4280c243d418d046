#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/spec.hpp"

namespace inferscale::family {

/// The rungs of all families. GPT-2 has the nine of the design, from tiny-gpt2 (102,714 parameters) to gpt2
/// (124,439,808), smallest first.
const std::vector<model::DecoderSpec>& ladder();

/// A rung's name, or a shape in between: "gpt2:layers=7,hidden=640,heads=10", and where they differ from
/// GPT-2 "vocabulary=", "positions=" and "inner=". The name of such a config is canonical: those keys in that
/// order, defaults left out. "tiny", as TR118 says, is tiny-gpt2. Anything else is a usage error that lists
/// the names and suggests the nearest.
Result<model::DecoderSpec> parse_model_name(std::string_view name);

/// True for "FAMILY:..." of a family that there is.
bool is_shape_name(std::string_view name);

/// Splits "gpt2,gpt2:layers=7,hidden=640,heads=10,gpt2-5m" into its three names: a shape's own commas do not
/// count.
std::vector<std::string> split_model_names(std::string_view list);

/// "; did you mean 'gpt2-25m'? The ladder has tiny-gpt2, ..." for error messages about unknown names.
std::string ladder_hint(std::string_view unknown);

}  // namespace inferscale::family

namespace inferscale::model {
using family::ladder;
using family::ladder_hint;
using family::parse_model_name;
using family::split_model_names;
}  // namespace inferscale::model
