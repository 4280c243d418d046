#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "record/share.hpp"

namespace inferscale::terminal {

// What users write on the command line. Errors are usage errors that name the option.

using record::parse_share;
/// "124439808", "60M", "1.2B" or "500k": parameters, above 0.
Result<double> parse_parameters(std::string_view text, std::string_view option);

/// "onnxruntime-cpu=0.2" of --cost-per-hour, each name once.
Result<std::map<std::string, double>> parse_prices(std::span<const std::string> texts);

}  // namespace inferscale::terminal
