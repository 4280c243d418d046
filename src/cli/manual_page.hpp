#pragma once

#include <string>
#include <string_view>

#include "cli/command_reference.hpp"

namespace inferscale::cli {

/// inferscale(1) in man's macros: every command with its options.
std::string manual_page(const CommandReference& top, std::string_view version);

}  // namespace inferscale::cli
