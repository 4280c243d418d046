#pragma once

#include <string_view>

#include "model/model.hpp"

namespace inferscale::family {

/// A rung of the ladder, a shape ("gpt2:layers=7,hidden=640,heads=10"), or a folder in Hugging Face layout
/// whose config.json is of a known family. Names win over folders: write ./gpt2 for a folder called gpt2. A
/// folder whose own name is a rung's is called "<name>-trained", so that its rows are never taken for the
/// ladder's. "NAME=FOLDER" gives a folder a name of the caller's choice. Only config.json is read here; the
/// weights are checked by open_weights(). All errors are usage errors.
Result<model::Model> resolve_model(std::string_view name_or_folder);

}  // namespace inferscale::family

namespace inferscale::model {
using family::resolve_model;
}
