#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "analysis/artifact_facts.hpp"
#include "analysis/cost.hpp"
#include "analysis/prices.hpp"

namespace inferscale::analysis {

/// What serving a model with a backend costs in a mode, by the complete overall mean.
struct ServingCost {
  std::string model;
  std::int64_t parameters = 0;
  protocol::Mode mode = protocol::kDefaultMode;
  std::string backend;
  double throughput_tok_s = 0;
  std::optional<double> build_s;         ///< BuildFacts; absent where it is not known
  std::optional<double> price_per_hour;  ///< as given
  std::optional<double> price_per_million_tokens;
  std::optional<Interval> price_ci95;  ///< from the throughput's; absent where that reaches 0
  /// Its build against the fastest backend that takes less time to build and is slower, which could have
  /// served meanwhile: how much longer the build is, and serving until that has paid for itself. Empty where
  /// there is no such backend.
  std::string paid_back_against;
  double extra_build_s = 0;
  std::optional<Amortisation> paid_back;
};

/// Backends that failed their gate on a model are left out. `machine` is StudyResults::name.
std::vector<ServingCost> serving_costs(const Analysis& analysis, const StudyBuilds& builds,
                                       const std::optional<record::Plan>& plan, const Prices& prices,
                                       const std::string& machine);

}  // namespace inferscale::analysis
