// Two studies of one plan, before and after: cell by cell, and each backend over all of its cells.
#include "analysis/compare_studies.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "analysis/study_index.hpp"

namespace inferscale::analysis {
namespace {

constexpr double kSignificance = 0.05;

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

ChangeVerdict verdict_of(const RatioTest& test, double threshold) {
  const double limit = std::log1p(threshold);
  if (!test.ci95) {
    return ChangeVerdict::undecided;
  }
  if (test.p_holm && *test.p_holm < kSignificance && std::abs(std::log(test.ratio)) > limit) {
    return test.ratio > 1 ? ChangeVerdict::better : ChangeVerdict::worse;
  }
  const bool within = std::log(test.ci95->low) >= -limit && std::log(test.ci95->high) <= limit;
  return within ? ChangeVerdict::same : ChangeVerdict::undecided;
}

bool shares_workers(const StudyResults& results) {
  return results.plan && results.plan->share_workers;
}

/// Above 0 where the repetition has the metric, and larger where it is better.
double good(const StudyIndex& index, std::size_t cell, const RepetitionValues& repetition) {
  const record::Metric& metric = index.metric(index.dataset().cells[cell].mode);
  const double value = repetition.of(metric);
  return value > 0 ? record::advantage(metric, value, 1) : 0;
}

LogMean mean_of_values(const StudyIndex& index, std::size_t cell) {
  std::vector<double> values;
  for (const RepetitionValues& repetition : index.dataset().cells[cell].repetitions) {
    if (const double value = good(index, cell, repetition); value > 0) {
      values.push_back(value);
    }
  }
  return log_mean(values);
}

/// The mean of a model's cells, by the rounds that are ok in all of them: a round's values come from one
/// process.
LogMean mean_by_round(const StudyIndex& index, const std::vector<std::size_t>& cells) {
  std::map<int, std::pair<std::size_t, double>> rounds;  // by number: cells that are ok, sum of their logs
  for (const std::size_t cell : cells) {
    for (const RepetitionValues& repetition : index.dataset().cells[cell].repetitions) {
      if (const double value = good(index, cell, repetition); value > 0) {
        auto& [count, sum] = rounds[repetition.number];
        ++count;
        sum += std::log(value);
      }
    }
  }
  std::vector<double> values;
  for (const auto& [number, round] : rounds) {
    if (round.first == cells.size()) {
      values.push_back(std::exp(round.second / static_cast<double>(cells.size())));
    }
  }
  return log_mean(values);
}

using CellsByModel = std::map<std::string, std::vector<std::size_t>>;

/// The geometric mean of cells, given by model: each counts once, and those that share processes err
/// together.
LogMean mean_of_cells(const StudyIndex& index, bool shared, const CellsByModel& models) {
  std::size_t all = 0;
  for (const auto& [model, cells] : models) {
    all += cells.size();
  }
  LogMean result;
  for (const auto& [model, cells] : models) {
    if (shared) {
      result.add(mean_by_round(index, cells), static_cast<double>(cells.size()) / static_cast<double>(all));
      continue;
    }
    for (const std::size_t cell : cells) {
      result.add(mean_of_values(index, cell), 1.0 / static_cast<double>(all));
    }
  }
  return result;
}

/// The same for both studies, whatever BASE's plan ranks by.
Ranking one_ranking(const StudyResults& now, const CompareOptions& options) {
  return with_metric_of_plan({options.metric}, now.dataset);
}

/// Two studies side by side, and what becomes of their cells.
class Matcher {
 public:
  Matcher(const StudyResults& base, const StudyResults& now, const Ranking& ranking,
          StudyComparison& comparison)
      : base_(base.dataset, ranking),
        now_(now.dataset, ranking),
        base_shared_(shares_workers(base)),
        now_shared_(shares_workers(now)),
        comparison_(comparison) {}

  void match() {
    auto others = cells_by_name(now_);
    for (std::size_t i = 0; i < base_.dataset().cells.size(); ++i) {
      const CellKey key = key_of(base_, i);
      const auto found = others.find(key);
      if (found == others.end()) {
        unmatched(key, "only in BASE");
        continue;
      }
      add(key, i, found->second);
      others.erase(found);
    }
    for (const auto& [key, cell] : others) {
      unmatched(key, "only in NEW");
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

  void unmatched(const CellKey& key, std::string reason) {
    const auto& [mode, model, backend, scenario] = key;
    comparison_.unmatched.push_back({model, backend, scenario, mode, std::move(reason)});
  }

  void add(const CellKey& key, std::size_t base, std::size_t now) {
    const Cell& before = base_.dataset().cells[base];
    const Cell& after = now_.dataset().cells[now];
    if (base_.parameters(before.model) != now_.parameters(after.model)) {
      return unmatched(key, fmt::format("the model has {} parameters in BASE and {} in NEW",
                                        base_.parameters(before.model), now_.parameters(after.model)));
    }
    if (!(base_.scenario(before.scenario) == now_.scenario(after.scenario))) {
      return unmatched(key, "the scenario has another shape in NEW");
    }
    CellChange change;
    std::tie(change.mode, change.model, change.backend, change.scenario) = key;
    change.parameters = base_.parameters(before.model);
    change.base_outcomes = outcomes_of(before);
    change.new_outcomes = outcomes_of(after);
    const auto a = base_.values(base);
    const auto b = now_.values(now);
    if (a.empty() && b.empty()) {
      return unmatched(key, "no repetition is ok in either");
    }
    if ((b.empty() && change.new_outcomes.degraded == 0) ||
        (a.empty() && change.base_outcomes.degraded == 0)) {
      return unmatched(key, b.empty() ? "unsupported in NEW" : "unsupported in BASE");
    }
    change.metric = &now_.metric(change.mode);
    change.base_value = estimate(a).mean;
    change.new_value = estimate(b).mean;
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

  /// False where workers are shared and no round is ok in all of a model's cells.
  static bool has_a_mean(const StudyIndex& index, bool shared, const std::vector<std::size_t>& cells) {
    return !shared || mean_by_round(index, cells).n > 0;
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
      if (has_a_mean(base_, base_shared_, model->second) &&
          has_a_mean(now_, now_shared_, after[model->first])) {
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
    comparison_.totals.push_back({backend, mode, cells, &now_.metric(mode),
                                  compare_log_means(mean_of_cells(now_, now_shared_, after),
                                                    mean_of_cells(base_, base_shared_, before))});
  }

  StudyIndex base_, now_;
  bool base_shared_, now_shared_;
  StudyComparison& comparison_;
  std::vector<Tested> tested_;
};

/// Cells are one family, totals another.
template <class Changes>
void adjust_all(Changes& changes) {
  std::vector<RatioTest*> tests;
  for (auto& change : changes) {
    tests.push_back(&change.test);
  }
  adjust_family(std::span<RatioTest*>(tests), [](RatioTest& test) -> RatioTest& { return test; });
}

ChangeVerdict verdict_of(const CellChange& cell, double threshold) {
  if (cell.new_outcomes.ok == 0) {
    return ChangeVerdict::worse;  // it worked before
  }
  if (cell.base_outcomes.ok == 0) {
    return ChangeVerdict::better;
  }
  return verdict_of(cell.test, threshold);
}

}  // namespace

std::string_view to_string(ChangeVerdict verdict) {
  switch (verdict) {
    case ChangeVerdict::better:
      return "better";
    case ChangeVerdict::worse:
      return "worse";
    case ChangeVerdict::same:
      return "same";
    case ChangeVerdict::undecided:
      return "undecided";
    case ChangeVerdict::not_comparable:
      return "not_comparable";
  }
  return "not_comparable";
}

bool StudyComparison::regressed() const {
  return count(ChangeVerdict::worse) > 0;
}

int StudyComparison::count(ChangeVerdict verdict) const {
  return static_cast<int>(std::count_if(cells.begin(), cells.end(),
                                        [&](const CellChange& cell) { return cell.verdict == verdict; }));
}

Result<StudyComparison> compare_studies(const StudyResults& base, const StudyResults& now,
                                        const CompareOptions& options) {
  StudyComparison comparison;
  comparison.threshold = options.threshold;
  comparison.differences = environment_differences(base, now);
  comparison.comparable = std::none_of(comparison.differences.begin(), comparison.differences.end(),
                                       [](const EnvironmentDifference& one) { return one.decides; });
  Matcher matcher(base, now, one_ranking(now, options), comparison);
  matcher.match();
  if (comparison.cells.empty()) {
    return fail_usage("'{}' and '{}' have no cell in common that ran in either: nothing can be compared",
                      base.folder.string(), now.folder.string());
  }
  matcher.add_totals();
  adjust_all(comparison.cells);
  adjust_all(comparison.totals);
  for (CellChange& cell : comparison.cells) {
    cell.verdict =
        comparison.comparable ? verdict_of(cell, options.threshold) : ChangeVerdict::not_comparable;
  }
  for (TotalChange& total : comparison.totals) {
    total.verdict =
        comparison.comparable ? verdict_of(total.test, options.threshold) : ChangeVerdict::not_comparable;
  }
  return comparison;
}

}  // namespace inferscale::analysis
