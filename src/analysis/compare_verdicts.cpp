// What a comparison's tests say: of a cell, of a backend over its cells, and of the two studies.
#include "analysis/compare_verdicts.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/distributions.hpp"
#include "analysis/study_index.hpp"

namespace inferscale::analysis {
namespace {

constexpr double kSignificance = 0.05;
constexpr double kPower = 0.8;

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

ChangeVerdict verdict_of(const CellChange& cell, double threshold) {
  if (cell.new_outcomes.ok == 0) {
    return ChangeVerdict::worse;  // it worked before
  }
  if (cell.base_outcomes.ok == 0) {
    return ChangeVerdict::better;
  }
  return verdict_of(cell.test, threshold);
}
ChangeVerdict verdict_of(const TotalChange& total, double threshold) {
  return verdict_of(total.test, threshold);
}

/// One family of tests. `share` is the part of the error rate that is the family's.
template <class Changes>
void judge_family(Changes& changes, double share, const StudyComparison& comparison) {
  std::vector<RatioTest*> tests;
  for (auto& change : changes) {
    tests.push_back(&change.test);
  }
  adjust_family(std::span<RatioTest*>(tests), [](RatioTest& test) -> RatioTest& { return test; });
  const auto tested = static_cast<std::size_t>(
      std::count_if(tests.begin(), tests.end(), [](const RatioTest* test) { return test->p.has_value(); }));
  for (auto& change : changes) {
    if (change.test.p_holm) {
      change.test.p_holm = std::min(1.0, *change.test.p_holm / share);
    }
    change.smallest_change =
        smallest_visible_slowdown(change.test, tested, kSignificance * share, comparison.threshold);
    change.verdict =
        comparison.comparable ? verdict_of(change, comparison.threshold) : ChangeVerdict::not_comparable;
  }
}

/// A slowdown of the size that must be seen would have been seen here.
template <class Change>
bool would_show(const Change& change, double detect) {
  return change.verdict != ChangeVerdict::undecided ||
         (change.smallest_change && *change.smallest_change <= detect);
}

template <class Changes>
bool all_would_show(const Changes& changes, double detect) {
  return std::all_of(changes.begin(), changes.end(),
                     [&](const auto& change) { return would_show(change, detect); });
}

template <class Changes>
std::optional<double> largest_of_smallest(const Changes& changes) {
  std::optional<double> largest = 0;
  for (const auto& change : changes) {
    if (change.verdict == ChangeVerdict::undecided) {
      largest = change.smallest_change && largest ? std::optional(std::max(*largest, *change.smallest_change))
                                                  : std::nullopt;
    }
  }
  return largest && *largest > 0 ? largest : std::nullopt;
}

template <class Changes>
bool any_worse(const Changes& changes) {
  return std::any_of(changes.begin(), changes.end(),
                     [](const auto& change) { return change.verdict == ChangeVerdict::worse; });
}

}  // namespace

std::optional<double> smallest_visible_slowdown(const RatioTest& test, std::size_t tests, double significance,
                                                double threshold) {
  if (!test.ci95 || !test.df || tests == 0) {
    return std::nullopt;
  }
  const double width = std::log(test.ci95->high) - std::log(test.ci95->low);
  const double standard_error = width / (2 * student_t_quantile(0.975, *test.df));
  const double level = significance / static_cast<double>(tests);
  const double steps = student_t_quantile(1 - level / 2, *test.df) + student_t_quantile(kPower, *test.df);
  const double slowdown = std::expm1(steps * standard_error);
  return std::isfinite(slowdown) ? std::optional(std::max(slowdown, threshold)) : std::nullopt;
}

void judge(StudyComparison& comparison, const CompareOptions& options) {
  comparison.threshold = options.threshold;
  comparison.detect = options.detect.value_or(options.interleaved ? kDetectInterleaved : kDetect);
  comparison.allow_missing = options.allow_missing;
  comparison.interleaved = options.interleaved;
  // Totals that decide share the error rate with the cells; totals that inform have one of their own.
  const double share = options.interleaved ? 0.5 : 1;
  judge_family(comparison.cells, share, comparison);
  judge_family(comparison.totals, share, comparison);
}

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

std::string_view to_string(CompareAnswer answer) {
  switch (answer) {
    case CompareAnswer::no_regression:
      return "no_regression";
    case CompareAnswer::regression:
      return "regression";
    case CompareAnswer::inconclusive:
      return "inconclusive";
    case CompareAnswer::not_comparable:
      return "not_comparable";
  }
  return "not_comparable";
}

bool StudyComparison::totals_decide() const {
  return interleaved && !totals.empty();
}

int StudyComparison::missing() const {
  return static_cast<int>(std::count_if(unmatched.begin(), unmatched.end(),
                                        [](const UnmatchedCell& cell) { return cell.missing; }));
}

bool StudyComparison::regressed() const {
  return answer() == CompareAnswer::regression;
}

CompareAnswer StudyComparison::answer() const {
  if (!comparable) {
    return CompareAnswer::not_comparable;
  }
  if (any_worse(cells) || (totals_decide() && any_worse(totals)) || (missing() > 0 && !allow_missing)) {
    return CompareAnswer::regression;
  }
  const bool precise = totals_decide() ? all_would_show(totals, detect) : all_would_show(cells, detect);
  return precise ? CompareAnswer::no_regression : CompareAnswer::inconclusive;
}

std::optional<double> StudyComparison::smallest_change() const {
  return totals_decide() ? largest_of_smallest(totals) : largest_of_smallest(cells);
}

int StudyComparison::count(ChangeVerdict verdict) const {
  return static_cast<int>(std::count_if(cells.begin(), cells.end(),
                                        [&](const CellChange& cell) { return cell.verdict == verdict; }));
}

}  // namespace inferscale::analysis
