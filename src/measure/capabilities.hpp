#pragma once

#include <string>
#include <vector>

#include "measure/backend.hpp"

namespace inferscale::measure {

/// What a backend may be asked for, as hello's `can`: the modes whose iteration runs on it, in the order of
/// the list of modes, and a word for each other interface that it implements (protocol/capability.hpp).
std::vector<std::string> capabilities_of(const Backend& backend);

/// The backend's interface; Outcome::unsupported where it lacks what `capability` is about.
template <class Interface>
Result<Interface*> required(Backend& backend, std::string_view capability) {
  if (auto* found = interface_of<Interface>(backend)) {
    return found;
  }
  return fail_as(Outcome::unsupported, "worker '{}' cannot '{}'", backend.describe().worker, capability);
}

}  // namespace inferscale::measure
