#include "record/metrics.hpp"

#include <algorithm>

#include "protocol/modes/descriptor.hpp"

namespace inferscale::record {

double energy_mj_per_token(const Row& row) {
  const auto energy = row.clocks.is_object() ? row.clocks.find("energy_mj_per_token") : row.clocks.end();
  return energy != row.clocks.end() && energy->is_number() ? energy->get<double>() : 0;
}

const Metric* find_metric(std::string_view name) {
  const auto found =
      std::find_if(kMetrics.begin(), kMetrics.end(), [&](const Metric& one) { return one.name == name; });
  return found == kMetrics.end() ? nullptr : &*found;
}

Result<const Metric*> parse_metric(std::string_view name, std::string_view option) {
  if (const Metric* metric = find_metric(name)) {
    return metric;
  }
  return fail_usage("{} is {}, not '{}'", option, metric_names(), name);
}

std::string metric_names() {
  std::string names;
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    names += i == 0 ? "" : i + 1 == kMetricCount ? " or " : ", ";
    names += kMetrics[i].name;
  }
  return names;
}

bool has_metric(protocol::Mode mode, const Metric& metric) {
  return !metric.field || protocol::descriptor(mode).fills_field(*metric.field);
}

const Metric& ranking_metric(protocol::Mode mode) {
  const Metric* metric = find_metric(protocol::descriptor(mode).ranked_by);
  return metric == nullptr ? kThroughput : *metric;
}

}  // namespace inferscale::record
