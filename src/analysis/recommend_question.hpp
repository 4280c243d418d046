#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/recommend.hpp"
#include "analysis/size_answers.hpp"
#include "analysis/study_index.hpp"

// One question of recommend: what each machine measured of it, and why a backend is no answer.

namespace inferscale::analysis {

/// What one machine measured in a mode, of the scenarios asked about.
struct Machine {
  const StudyResults* results = nullptr;
  StudyIndex index;
  std::vector<int> scenarios;
  std::vector<Contender> contenders;  ///< by backend

  /// Prices follow from throughput.
  Machine(const StudyResults& of, const record::Metric* metric)
      : results(&of),
        index(of.dataset, {metric != nullptr && metric->priced ? &record::kThroughput : metric}) {}
};

Machine machine_in(const StudyResults& results, protocol::Mode mode,
                   const std::vector<protocol::Scenario>& scenarios, const record::Metric* metric);

/// The scenario with the largest figure of a metric; the first without any, where there is one. Nothing where
/// no scenario can have the metric: one of a single new token has no further ones.
std::optional<std::size_t> worst_scenario(const Machine& machine, const CurveFigures& figures,
                                          const record::Metric& metric);
/// A scenario's name, by its place among those asked about.
std::string scenario_name(const Machine& machine, std::size_t scenario);

/// Why a backend cannot be a candidate whatever the size; empty when it can.
std::string never_because(const Machine& machine, int backend, const record::Metric& metric,
                          const RecommendOptions& options);
/// Why a backend that has no place at the model or size asked about has none. `curve`: where it was measured.
std::string no_place_because(const Machine& machine, int backend, protocol::Mode mode,
                             const std::vector<CurvePoint>& curve, const SizeAnswers::Measured& asked);
/// Why a model that no candidate is measured at has no answer; empty where no machine measured it in the
/// mode.
std::string unanswered_because(const std::vector<Machine>& machines, protocol::Mode mode,
                               const std::string& model);
/// Which of the limits that were asked for a contender breaks; empty when it keeps them.
std::string limit_broken(const Machine& machine, const std::string& backend, const Place& place,
                         const RecommendOptions& options);

}  // namespace inferscale::analysis
