#pragma once

#include <filesystem>
#include <string>

#include "report/sections.hpp"

namespace inferscale::report {

/// "metric and prices": the options that processed/ was made with and that are others in this report, whose
/// answer may then be another; empty where there are none, and without processed/.
std::string other_options(const std::filesystem::path& processed, const Source& source);

}  // namespace inferscale::report
