#pragma once

#include <string_view>

#include "core/error.hpp"

namespace inferscale::family {

/// What to tell who gave a model that is no name of the ladder, no shape and nothing on disk: a usage error
/// of one sentence. Of a path it says that nothing is there, of a name of the Hugging Face Hub how to
/// download it, and of any other name which names there are.
Error unknown_model(std::string_view given);

}  // namespace inferscale::family
