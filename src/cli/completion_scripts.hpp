#pragma once

#include <string>

#include "cli/command_reference.hpp"

namespace inferscale::cli {

// Scripts that complete commands, options and values in a shell: all that they know is in them, so completing
// starts nothing.

std::string bash_completion(const CommandReference& top);
std::string zsh_completion(const CommandReference& top);
std::string fish_completion(const CommandReference& top);

}  // namespace inferscale::cli
