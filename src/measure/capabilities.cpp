#include "measure/capabilities.hpp"

#include "measure/modes/iteration.hpp"
#include "protocol/capability.hpp"
#include "protocol/modes/descriptor.hpp"

namespace inferscale::measure {

using namespace protocol;

std::vector<std::string> capabilities_of(const Backend& backend) {
  std::vector<std::string> names;
  const auto add = [&](bool has, const Capability& capability) {
    if (has) {
      names.emplace_back(capability.name);
    }
  };
  for (const ModeDescriptor* mode : modes()) {
    const ModeIteration* iteration = find_iteration(mode->id);
    add(mode->runs() && iteration != nullptr && iteration->runs_on(backend), capability_of(mode->id));
  }
  const auto* builds = interface_of<Builds>(backend);
  add(implements<Forward>(backend), kScores);
  add(implements<CachedSteps>(backend), kSteps);
  add(implements<CachedSteps>(backend), kStepScores);
  add(implements<Activations>(backend), kActivations);
  add(builds != nullptr, kBuilds);
  add(builds != nullptr && builds->calibrates(), kCalibrates);
  return names;
}

}  // namespace inferscale::measure
