#pragma once

#include <optional>
#include <string_view>

namespace inferscale {

/// What became of a cell's repetition. Everything but `ok` and `unsupported` is *degraded*.
enum class Outcome {
  ok,
  unsupported,       ///< the backend is not installed, or cannot do this on this machine
  profile_mismatch,  ///< the shape lies outside what an engine was built for
  invalid_output,    ///< wrong shape, NaN, or tokens out of range
  out_of_memory,
  timeout,
  crash,        ///< killed by a signal or an unexpected exit
  load_failed,  ///< the runtime refused the model
  error,        ///< anything else, protocol violations included
};

std::string_view to_string(Outcome outcome);
std::optional<Outcome> parse_outcome(std::string_view text);
bool is_degraded(Outcome outcome);

}  // namespace inferscale
