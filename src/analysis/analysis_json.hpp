#pragma once

#include "analysis/analysis.hpp"
#include "core/json.hpp"

namespace inferscale::analysis {

// The JSON of docs/results.md. A number that is not finite, or is not known, is null.

constexpr int kAnalysisSchemaVersion = 1;

Json number_json(double value);
Json number_json(const std::optional<double>& value);
Json to_json(const Interval& interval);                 ///< [low, high]
Json to_json(const std::optional<Interval>& interval);  ///< or null
Json to_json(const Estimate& estimate);
Json to_json(const RatioTest& test);
Json to_json(const PairedTest& test);
Json to_json(const OutcomeCounts& counts);
Json to_json(const CellStatistics& cell);
Json to_json(const OverallMean& overall);
Json to_json(const OutcomeTotal& total);
Json to_json(const ScenarioComparison& comparison);
Json to_json(const OverallComparison& comparison);
Json to_json(const CrossoverFit& fit);
Json to_json(const Crossover& crossover);
Json to_json(const BackendScaling& scaling);
Json to_json(const DecisionLine& line);
Json to_json(const Decision& decision);
/// All of it in one object, for `inferscale analyze --json`.
Json to_json(const Analysis& analysis);

/// A list of any of the above.
template <class Items>
Json list_json(const Items& items) {
  Json list = Json::array();
  for (const auto& item : items) {
    list.push_back(to_json(item));
  }
  return list;
}

}  // namespace inferscale::analysis
