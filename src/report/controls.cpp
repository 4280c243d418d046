// What a reader of the page can hide or pick.
#include "report/sections.hpp"
#include "report/svg.hpp"

namespace inferscale::report {

Controls controls_of(const Source& source) {
  Controls controls;
  const auto& backends = source.analysis.backends;
  const auto colours = colours_of(backends, source.environment);
  const auto add = [&](const std::string& name) {
    for (std::size_t i = 0; i < backends.size(); ++i) {
      if (backends[i].name == name) {
        controls.series.push_back({name, colours[i].name});
      }
    }
  };
  if (!source.analysis.modes.empty()) {
    for (const std::string& name : ranked_backends(source.analysis, source.analysis.modes.front())) {
      add(name);
    }
  }
  for (const protocol::Scenario& scenario : source.analysis.scenarios) {
    controls.workloads.push_back(scenario.name);
  }
  return controls;
}

}  // namespace inferscale::report
