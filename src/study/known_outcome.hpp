#pragma once

#include <string>

#include "core/outcome.hpp"

namespace inferscale::study {

/// Why a pair of model and backend has its outcome already: no worker is started for it, and its rows say
/// this.
struct KnownOutcome {
  Outcome outcome = Outcome::unsupported;
  std::string reason;
};

}  // namespace inferscale::study
