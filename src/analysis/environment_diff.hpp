#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/study_results.hpp"

namespace inferscale::analysis {

/// Something that is not the same in two studies.
struct EnvironmentDifference {
  std::string field;      ///< "threads", "backends.onnxruntime-cpu.runtime_version", "plan.logits"
  std::string base, now;  ///< as text; empty: not there
  /// Another machine, or another amount of it, or other work: speeds cannot be set against each other. Other
  /// differences (versions, driver, kernel, host name) are what one compares builds for; they are only said.
  bool decides = false;
};

/// Differences of environment.json and of what the plans measure, those that decide first. A study without
/// environment.json differs in the field "environment", which decides.
std::vector<EnvironmentDifference> environment_differences(const StudyResults& base, const StudyResults& now);

/// What other work than `first` a study was asked for: other logits or another number of new tokens, whatever
/// the machine. Empty where it is the same.
std::string other_work(const StudyResults& first, const StudyResults& other);

}  // namespace inferscale::analysis
