#include "analysis/common_scenarios.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace inferscale::analysis {

Result<std::vector<protocol::Scenario>> common_scenarios(std::span<const StudyResults> machines,
                                                         std::optional<int> batch) {
  std::set<int> batches;
  std::vector<protocol::Scenario> chosen;
  for (const protocol::Scenario& scenario : machines.front().dataset.scenarios) {
    const bool everywhere = std::all_of(machines.begin(), machines.end(), [&](const StudyResults& machine) {
      const auto& theirs = machine.dataset.scenarios;
      const auto end = theirs.begin() + machine.dataset.planned_scenarios;
      return std::find(theirs.begin(), end, scenario) != end;
    });
    if (everywhere) {
      batches.insert(scenario.batch);
      if (!batch || scenario.batch == *batch) {
        chosen.push_back(scenario);
      }
    }
  }
  if (chosen.empty() && batches.empty()) {
    return fail("these studies have no scenario in common; measure the same ones on every machine");
  }
  if (chosen.empty()) {
    return fail_usage("--batch {}: no scenario has that batch; measured are {}", *batch,
                      fmt::join(batches, ", "));
  }
  return chosen;
}

}  // namespace inferscale::analysis
