// Why a backend is not ranked at a model.
#include <fmt/ranges.h>

#include "analysis/study_index.hpp"
#include "record/catalog.hpp"

namespace inferscale::analysis {

std::string left_out_reason(const StudyIndex& index, protocol::Mode mode, int model, int backend) {
  if (record::computes_nothing(index.backend(backend))) {
    return "it computes nothing: it shows what measuring itself costs";
  }
  const auto range = index.cells_of(mode, model, backend);
  const auto& dataset = index.dataset();
  OutcomeCounts counts;
  std::vector<std::string> failed;
  int seen = 0;
  for (std::size_t i = range.first; i < range.first + range.count; ++i) {
    const Cell& cell = dataset.cells[i];
    if (cell.scenario >= dataset.planned_scenarios) {
      continue;
    }
    ++seen;
    for (const RepetitionValues& repetition : cell.repetitions) {
      if (repetition.outcome != Outcome::ok && index.values(i).empty()) {
        count_outcome(counts, repetition.outcome);
      }
    }
    if (index.values(i).empty()) {
      failed.push_back(index.scenario(cell.scenario).name);
    }
  }
  const auto* gate = excluding_gate(dataset.quality, index.model(model), index.backend(backend));
  if (gate != nullptr && (gate->verdict.gate == record::Gate::failed || failed.empty())) {
    return gate_reason(gate->verdict);  // of a worker that did not start, the rows say more
  }
  std::vector<std::string> reasons;
  for (const auto& [outcome, count] : counts.by_outcome) {
    reasons.emplace_back(to_string(outcome));
  }
  std::string text;
  if (!failed.empty()) {
    if (reasons.empty()) {
      reasons.push_back(fmt::format("no {}", index.metric(mode).words));
    }
    text = fmt::format("{} in {} of {} scenarios ({})", fmt::format("{}", fmt::join(reasons, ", ")),
                       failed.size(), dataset.planned_scenarios, fmt::format("{}", fmt::join(failed, ", ")));
  }
  if (const int missing = dataset.planned_scenarios - seen; missing > 0) {
    text += fmt::format("{}{} of {} scenarios not run", text.empty() ? "" : "; ", missing,
                        dataset.planned_scenarios);
  }
  return text;
}

}  // namespace inferscale::analysis
