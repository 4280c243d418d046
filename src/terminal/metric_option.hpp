#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "record/metrics.hpp"

namespace inferscale::terminal {

/// --metric NAME.
void add_metric_option(CLI::App& command, std::string& name);
/// nullptr for an empty name. The usage error lists the metrics.
Result<const record::Metric*> parse_metric_option(const std::string& name);

}  // namespace inferscale::terminal
