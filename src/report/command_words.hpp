#pragma once

#include <string>
#include <string_view>

#include "report/sections.hpp"

namespace inferscale::report {

// Words of the commands that a report prints: they are copied into a shell.

/// As one word of a POSIX shell; quoted only where it must be.
std::string shell_word(std::string_view text);
/// The model as commands take it: a folder as the plan has it, else its name.
std::string model_word(const Source& source, const std::string& model);
/// Where `study` put the results, as commands name it; not quoted yet. A folder that is known by its whole
/// path has that.
std::string results_folder(const Source& source);

}  // namespace inferscale::report
