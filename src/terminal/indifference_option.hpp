#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "core/error.hpp"

namespace inferscale::terminal {

/// --indifference PERCENT of commands that read results.
void add_indifference_option(CLI::App& command, std::string& text);
/// None for an empty text: the plan's.
Result<std::optional<double>> parse_indifference_option(const std::string& text);

}  // namespace inferscale::terminal
