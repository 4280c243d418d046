#pragma once

#include <string>
#include <vector>

#include "report/sections.hpp"

namespace inferscale::report {

/// Where there are more findings than fit, the last of these go first.
enum class FindingKind {
  lead,
  did_not_run,
  gate_failed,
  cache,
  largest_distance,
  batch,
  lead_of_another_mode,
  every_gate_passed,
  same_at_every_batch,
};

/// A sentence of the list.
struct Finding {
  FindingKind kind = FindingKind::lead;
  std::string sentence;
};

/// What the decision says: the lead at the smallest and the largest size, the largest distance, what changes
/// with the batch. Nothing of a mode in which nothing is decided.
std::vector<Finding> decided_findings(const Source& source);

/// What stands beside the decision: the KV cache against passes without it, accuracy gates, what did not run.
std::vector<Finding> other_findings(const Source& source);

/// Those that fit, in order.
constexpr std::size_t kMostFindings = 6;
std::vector<std::string> key_findings(const Source& source);

}  // namespace inferscale::report
