#pragma once

#include <optional>
#include <span>
#include <vector>

#include "analysis/study_results.hpp"

namespace inferscale::analysis {

/// Scenarios that every machine has planned, with the batch asked for. A usage error, which names the batches
/// there are, for one that none has.
Result<std::vector<protocol::Scenario>> common_scenarios(std::span<const StudyResults> machines,
                                                         std::optional<int> batch);

}  // namespace inferscale::analysis
