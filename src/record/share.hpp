#pragma once

#include <string_view>

#include "core/error.hpp"

namespace inferscale::record {

/// "2%" or "0.02" as 0.02; from 0 to below 1. The usage error names the option.
Result<double> parse_share(std::string_view text, std::string_view option);

}  // namespace inferscale::record
