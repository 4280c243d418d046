#include "analysis/prices.hpp"

#include <fmt/ranges.h>

#include <cmath>
#include <set>

namespace inferscale::analysis {

Result<void> check_prices(std::span<const StudyResults> machines, const Prices& prices) {
  std::set<std::string> known;
  for (const StudyResults& machine : machines) {
    for (const BackendFacts& backend : machine.dataset.backends) {
      known.insert(backend.name);
      known.insert(machine.name + "/" + backend.name);
    }
  }
  for (const auto& [name, price] : prices) {
    if (!known.contains(name)) {
      return fail_usage("--cost-per-hour: no study has backend '{}'; known are {}", name,
                        fmt::join(known, ", "));
    }
    if (!std::isfinite(price) || price < 0) {
      return fail_usage("--cost-per-hour: '{}' cannot cost {} an hour", name, price);
    }
  }
  return {};
}

std::optional<double> price_of(const Prices& prices, const std::string& machine, const std::string& backend) {
  for (const std::string& name : {machine + "/" + backend, backend}) {
    if (const auto found = prices.find(name); found != prices.end()) {
      return found->second;
    }
  }
  return std::nullopt;
}

}  // namespace inferscale::analysis
