#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace inferscale::cli {

/// What CLI11 found wrong with the words of a command, the command or option that may have been meant, and
/// the --help to read.
std::string wrong_usage_text(const CLI::App& app, const CLI::ParseError& wrong);

}  // namespace inferscale::cli
