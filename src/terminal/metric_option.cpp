#include "terminal/metric_option.hpp"

namespace inferscale::terminal {

void add_metric_option(CLI::App& command, std::string& name) {
  command
      .add_option("--metric", name, "What backends are ranked by; default: the plan's, or each mode's own")
      ->type_name("METRIC");
}

Result<const record::Metric*> parse_metric_option(const std::string& name) {
  if (name.empty()) {
    return nullptr;
  }
  return record::parse_metric(name, "--metric");
}

}  // namespace inferscale::terminal
