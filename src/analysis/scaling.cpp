// How the metric, and the advantage over the baseline, change with model size.
#include <algorithm>
#include <cmath>

#include "analysis/distributions.hpp"
#include "analysis/study_index.hpp"

namespace inferscale::analysis {
namespace {

/// A backend's complete overall means in a mode, by ascending size.
struct Series {
  std::vector<int> models;
  std::vector<StudyIndex::Overall> overall;
};

Series complete_series(const StudyIndex& index, protocol::Mode mode, int backend) {
  Series series;
  for (int model = 0; model < index.models(); ++model) {
    const auto scenarios = index.ok_scenarios(mode, model, backend);
    if (index.may_rank(model, backend) && !scenarios.empty() &&
        static_cast<int>(scenarios.size()) == index.dataset().planned_scenarios) {
      series.models.push_back(model);
      series.overall.push_back(index.overall(mode, model, backend, scenarios));
    }
  }
  return series;
}

void add_exponent(const StudyIndex& index, const Series& series, BackendScaling& result) {
  std::vector<double> x;
  std::vector<double> y;
  for (std::size_t i = 0; i < series.models.size(); ++i) {
    x.push_back(std::log(static_cast<double>(index.parameters(series.models[i]))));
    y.push_back(std::log(series.overall[i].mean));
  }
  const auto line = fit_line(x, y);
  if (!line) {
    return;
  }
  result.exponent = line->slope;
  if (line->n >= 3) {
    const double half_width =
        student_t_quantile(0.975, line->n - 2) * std::sqrt(line->residual_variance / line->sxx);
    result.exponent_ci95 = Interval{line->slope - half_width, line->slope + half_width};
    result.r_squared = line->r_squared;
  }
}

/// Larger is better.
LogMean log_mean_of(const record::Metric& metric, const StudyIndex::Overall& overall) {
  std::vector<double> values;
  for (const double value : overall.values) {
    values.push_back(record::advantage(metric, value, 1));
  }
  return log_mean(values);
}

Trend trend_of(const BackendScaling& one, double indifference) {
  const int before = one.advantage_smallest->winner;
  if (before != 0 && one.advantage_largest->winner == -before) {
    return Trend::turns_over;
  }
  switch (verdict_within(*one.advantage_change, indifference)) {
    case Verdict::faster:
      return Trend::grows;
    case Verdict::slower:
      return Trend::shrinks;
    case Verdict::alike:
      return Trend::steady;
    case Verdict::undecided:
      break;
  }
  return Trend::undecided;
}

/// How the advantage at the largest of two sizes is of that at the smallest; absent where a value is missing.
std::optional<RatioTest> change_of(const LogMean& large, const LogMean& large_baseline, const LogMean& small,
                                   const LogMean& small_baseline) {
  if (large.n * large_baseline.n * small.n * small_baseline.n == 0) {
    return std::nullopt;
  }
  LogMean above = large, below = large_baseline;
  above.add(small_baseline, 1);
  below.add(small, 1);
  return compare_log_means(above, below);
}

void add_advantage(const StudyIndex& index, protocol::Mode mode, const Series& series, const Series& baseline,
                   double indifference, BackendScaling& result) {
  std::vector<int> shared;
  std::set_intersection(series.models.begin(), series.models.end(), baseline.models.begin(),
                        baseline.models.end(), std::back_inserter(shared));
  if (shared.empty()) {
    return;
  }
  const auto of = [](const Series& s, int model) -> const StudyIndex::Overall& {
    return s.overall[static_cast<std::size_t>(std::lower_bound(s.models.begin(), s.models.end(), model) -
                                              s.models.begin())];
  };
  const auto at = [&](int model) { return index.compare(mode, of(series, model), of(baseline, model)); };
  result.advantage_smallest_model = index.model(shared.front());
  result.advantage_largest_model = index.model(shared.back());
  result.advantage_smallest = at(shared.front());
  result.advantage_largest = at(shared.back());
  if (index.parameters(shared.front()) == index.parameters(shared.back())) {
    return;
  }
  const auto values = [&](const Series& s, int model) {
    return log_mean_of(index.metric(mode), of(s, model));
  };
  const int small = shared.front(), large = shared.back();
  result.advantage_change = change_of(values(series, large), values(baseline, large), values(series, small),
                                      values(baseline, small));
  if (result.advantage_change) {
    result.trend = trend_of(result, indifference);
  }
}

}  // namespace

std::string_view to_string(Trend trend) {
  switch (trend) {
    case Trend::grows:
      return "grows";
    case Trend::steady:
      return "steady";
    case Trend::shrinks:
      return "shrinks";
    case Trend::turns_over:
      return "turns over";
    case Trend::undecided:
      return "undecided";
  }
  return "undecided";
}

std::vector<BackendScaling> scaling(const StudyIndex& index, const std::string& baseline,
                                    double indifference) {
  std::vector<BackendScaling> result;
  for (const protocol::Mode mode : index.dataset().modes) {
    std::vector<Series> all;
    std::size_t baseline_number = 0;
    for (int backend = 0; backend < index.backends(); ++backend) {
      if (index.backend(backend) == baseline) {
        baseline_number = all.size();
      }
      all.push_back(complete_series(index, mode, backend));
    }
    for (std::size_t backend = 0; backend < all.size(); ++backend) {
      const Series& series = all[backend];
      if (series.models.empty()) {
        continue;
      }
      BackendScaling& here = result.emplace_back();
      here.backend = index.backend(static_cast<int>(backend));
      here.mode = mode;
      here.n = static_cast<int>(series.models.size());
      here.smallest_model = index.model(series.models.front());
      here.largest_model = index.model(series.models.back());
      here.metric = &index.metric(mode);
      here.smallest_value = series.overall.front().mean;
      here.largest_value = series.overall.back().mean;
      add_exponent(index, series, here);
      if (backend != baseline_number) {
        add_advantage(index, mode, series, all[baseline_number], indifference, here);
      }
    }
  }
  return result;
}

}  // namespace inferscale::analysis
