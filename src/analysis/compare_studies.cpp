// Two studies of one plan, before and after: cell by cell, and each backend over all of its cells.
#include "analysis/compare_studies.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "analysis/compare_means.hpp"
#include "analysis/compare_verdicts.hpp"

namespace inferscale::analysis {
namespace {

using CellKey =
    std::tuple<protocol::Mode, std::string, std::string, std::string>;  // model, backend, scenario

std::map<CellKey, std::size_t> cells_by_name(const StudyIndex& index) {
  std::map<CellKey, std::size_t> cells;
  for (std::size_t i = 0; i < index.dataset().cells.size(); ++i) {
    const Cell& cell = index.dataset().cells[i];
    cells[{cell.mode, index.model(cell.model), index.backend(cell.backend),
           index.scenario(cell.scenario).name}] = i;
  }
  return cells;
}

OutcomeCounts outcomes_of(const Cell& cell) {
  OutcomeCounts counts;
  for (const RepetitionValues& repetition : cell.repetitions) {
    count_outcome(counts, repetition.outcome);
  }
  return counts;
}

std::string degraded_text(const OutcomeCounts& counts, const char* study) {
  for (const auto& [outcome, count] : counts.by_outcome) {
    if (is_degraded(outcome)) {
      return fmt::format("{} of {} degraded in {} ({})", counts.degraded, counts.runs, study,
                         to_string(outcome));
    }
  }
  return {};
}

void add_note(std::string& note, const std::string& more) {
  note += (note.empty() || more.empty() ? "" : "; ") + more;
}

bool shares_workers(const StudyResults& results) {
  return results.plan && results.plan->share_workers;
}

/// The same for both studies, whatever BASE's plan ranks by.
Ranking one_ranking(const StudyResults& now, const CompareOptions& options) {
  return with_metric_of_plan({options.metric}, now.dataset);
}

/// Two studies side by side, and what becomes of their cells.
class Matcher {
 public:
  Matcher(const StudyResults& base, const StudyResults& now, const CompareOptions& options,
          StudyComparison& comparison)
      : base_(base.dataset, one_ranking(now, options)),
        now_(now.dataset, one_ranking(now, options)),
        before_{base_, shares_workers(base)},
        after_{now_, shares_workers(now)},
        interleaved_(options.interleaved),
        comparison_(comparison) {}

  void match() {
    auto others = cells_by_name(now_);
    for (std::size_t i = 0; i < base_.dataset().cells.size(); ++i) {
      const CellKey key = key_of(base_, i);
      const auto found = others.find(key);
      if (found == others.end()) {
        unmatched(key, "only in BASE", !base_.values(i).empty());
        continue;
      }
      add(key, i, found->second);
      others.erase(found);
    }
    for (const auto& [key, cell] : others) {
      unmatched(key, "only in NEW", false);
    }
  }

  void add_totals() {
    for (std::size_t first = 0; first < tested_.size(); ++first) {
      const CellChange& change = comparison_.cells[tested_[first].change];
      const bool known =
          std::any_of(comparison_.totals.begin(), comparison_.totals.end(), [&](const TotalChange& total) {
            return total.mode == change.mode && total.backend == change.backend;
          });
      if (!known) {
        add_total(change.mode, change.backend);
      }
    }
  }

 private:
  struct Tested {
    std::size_t change, base, now;
  };

  static CellKey key_of(const StudyIndex& index, std::size_t number) {
    const Cell& cell = index.dataset().cells[number];
    return {cell.mode, index.model(cell.model), index.backend(cell.backend),
            index.scenario(cell.scenario).name};
  }

  /// `missing`: it worked in BASE, and NEW has nothing to hold it against.
  void unmatched(const CellKey& key, std::string reason, bool missing) {
    const auto& [mode, model, backend, scenario] = key;
    comparison_.unmatched.push_back({model, backend, scenario, mode, std::move(reason), missing});
  }

  void add(const CellKey& key, std::size_t base, std::size_t now) {
    const Cell& before = base_.dataset().cells[base];
    const Cell& after = now_.dataset().cells[now];
    if (base_.parameters(before.model) != now_.parameters(after.model)) {
      return unmatched(key,
                       fmt::format("the model has {} parameters in BASE and {} in NEW",
                                   base_.parameters(before.model), now_.parameters(after.model)),
                       !base_.values(base).empty());
    }
    if (!(base_.scenario(before.scenario) == now_.scenario(after.scenario))) {
      return unmatched(key, "the scenario has another shape in NEW", !base_.values(base).empty());
    }
    CellChange change;
    std::tie(change.mode, change.model, change.backend, change.scenario) = key;
    change.parameters = base_.parameters(before.model);
    change.base_outcomes = outcomes_of(before);
    change.new_outcomes = outcomes_of(after);
    const auto a = base_.values(base);
    const auto b = now_.values(now);
    if (a.empty() && b.empty()) {
      return unmatched(key, "no repetition is ok in either", false);
    }
    if ((b.empty() && change.new_outcomes.degraded == 0) ||
        (a.empty() && change.base_outcomes.degraded == 0)) {
      return unmatched(key, b.empty() ? "unsupported in NEW" : "unsupported in BASE", b.empty());
    }
    change.metric = &now_.metric(change.mode);
    change.base_value = arithmetic_mean(a);
    change.new_value = arithmetic_mean(b);
    change.test = now_.compare(change.mode, b, a);
    if (a.empty() || b.empty()) {
      change.test.ratio = std::numeric_limits<double>::quiet_NaN();
    }
    add_note(change.note, degraded_text(change.base_outcomes, "BASE"));
    add_note(change.note, degraded_text(change.new_outcomes, "NEW"));
    if (!a.empty() && !b.empty() && !change.test.ci95) {
      add_note(change.note, "no interval: fewer than 2 ok repetitions");
    }
    comparison_.cells.push_back(std::move(change));
    if (comparison_.cells.back().test.ci95) {
      tested_.push_back({comparison_.cells.size() - 1, base, now});
    }
  }

  /// Over the models that have a mean in both studies; none if no model has.
  void add_total(protocol::Mode mode, const std::string& backend) {
    CellsByModel before;
    CellsByModel after;
    for (const Tested& one : tested_) {
      const CellChange& change = comparison_.cells[one.change];
      if (change.mode == mode && change.backend == backend) {
        before[change.model].push_back(one.base);
        after[change.model].push_back(one.now);
      }
    }
    int cells = 0;
    for (auto model = before.begin(); model != before.end();) {
      if (has_a_mean(before_, model->second) && has_a_mean(after_, after[model->first])) {
        cells += static_cast<int>(model->second.size());
        ++model;
      } else {
        after.erase(model->first);
        model = before.erase(model);
      }
    }
    if (before.empty()) {
      return;
    }
    TotalChange total;
    total.backend = backend;
    total.mode = mode;
    total.cells = cells;
    total.metric = &now_.metric(mode);
    total.test = interleaved_
                     ? interleaved_test(before, after)
                     : compare_log_means(mean_of_cells(after_, after), mean_of_cells(before_, before));
    comparison_.totals.push_back(std::move(total));
  }

  /// Of ratios of neighbours in time; against 1, which has no error.
  [[nodiscard]] RatioTest interleaved_test(const CellsByModel& before, const CellsByModel& after) const {
    const LogMean ratio = mean_of_ratios(before_, before, after_, after);
    LogMean one;
    one.n = ratio.n;
    return compare_log_means(ratio, one);
  }

  StudyIndex base_, now_;
  MeasuredSide before_, after_;
  bool interleaved_;
  StudyComparison& comparison_;
  std::vector<Tested> tested_;
};

}  // namespace

Result<StudyComparison> compare_studies(const StudyResults& base, const StudyResults& now,
                                        const CompareOptions& options) {
  StudyComparison comparison;
  comparison.differences = environment_differences(base, now);
  comparison.comparable = std::none_of(comparison.differences.begin(), comparison.differences.end(),
                                       [](const EnvironmentDifference& one) { return one.decides; });
  Matcher matcher(base, now, options, comparison);
  matcher.match();
  if (comparison.cells.empty()) {
    return fail_usage("'{}' and '{}' have no cell in common that ran in either: nothing can be compared",
                      base.folder.string(), now.folder.string());
  }
  matcher.add_totals();
  judge(comparison, options);
  return comparison;
}

}  // namespace inferscale::analysis
