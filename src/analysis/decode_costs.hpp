#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "record/plan.hpp"

// What follows from first and further tokens of modes with a KV cache.

namespace inferscale::analysis {

/// A backend whose further tokens come faster than another's, and whose first token comes later. A request
/// for n new tokens takes time_to_first_token + (n - 1) x time_per_output_token; from `new_tokens` on,
/// `later` takes no longer than `sooner`.
struct OutputLength {
  protocol::Mode mode = protocol::kDefaultMode;
  std::string model, scenario;
  std::string later;   ///< pays from new_tokens on
  std::string sooner;  ///< gives the first token sooner
  double new_tokens = 0;
};

/// Every pair whose intervals say that one is ahead in the first token and the other in further ones.
std::vector<OutputLength> output_lengths(const Analysis& analysis);

/// How time per output token grows with the context: ordinary least squares over the scenarios of one batch.
/// A scenario's context is its prompt and half of its new tokens, the mean over its steps.
struct StepGrowth {
  protocol::Mode mode = protocol::kDefaultMode;
  std::string model, backend;
  int batch = 1;
  int contexts = 0;               ///< different ones
  double least = 0, most = 0;     ///< of them, tokens
  double ms_at_least = 0;         ///< by the line
  double ms_per_1000_tokens = 0;  ///< its slope
  double most_over_least = 1;     ///< by the line: the step at the longest context over that at the shortest
};

/// Of scenarios without their own; 0 where the plan is not known.
inline int planned_new_tokens(const std::optional<record::Plan>& plan) {
  return plan ? plan->new_tokens : 0;
}

/// Of backends with two contexts and more at a batch. `new_tokens`: the plan's, of scenarios without their
/// own.
std::vector<StepGrowth> step_growths(const Analysis& analysis, int new_tokens);

}  // namespace inferscale::analysis
