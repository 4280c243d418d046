#pragma once

#include <optional>
#include <string_view>

#include "protocol/messages.hpp"

namespace inferscale::protocol {

/// One thing that a worker may be asked for: a mode, or one of those below.
struct Capability {
  std::string_view name;  ///< as hello's `can` says it
  /// The minor version from which on a worker that leaves `can` out has it; none: such a worker never has it.
  std::optional<int> since_minor;
};

inline constexpr Capability kScores{"score", 1};
inline constexpr Capability kActivations{"activations", 2};
inline constexpr Capability kBuilds{"build", 3};
inline constexpr Capability kCalibrates{"calibrate", 4};  ///< build with the runtime's own calibrator

inline constexpr Capability kSteps{"steps", std::nullopt};  ///< start and step: tokens one at a time
inline constexpr Capability kStepScores{"step_scores", std::nullopt};  ///< `scores` of both

/// To measure in this mode: the mode's descriptor says it.
Capability capability_of(Mode mode);

/// By hello's `can`; of a worker that leaves it out, by the minor version.
bool can(const HelloReply& hello, const Capability& capability);

/// Outcome::unsupported where the worker cannot.
Result<void> require(const HelloReply& hello, const Capability& capability);

}  // namespace inferscale::protocol
