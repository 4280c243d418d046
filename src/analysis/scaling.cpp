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

void add_advantage(const StudyIndex& index, protocol::Mode mode, const Series& series, const Series& baseline,
                   BackendScaling& result) {
  std::vector<int> shared;
  std::set_intersection(series.models.begin(), series.models.end(), baseline.models.begin(),
                        baseline.models.end(), std::back_inserter(shared));
  if (shared.empty()) {
    return;
  }
  const auto at = [&](int model) {
    const auto of = [&](const Series& s) -> const StudyIndex::Overall& {
      return s.overall[static_cast<std::size_t>(std::lower_bound(s.models.begin(), s.models.end(), model) -
                                                s.models.begin())];
    };
    return index.compare(mode, of(series), of(baseline));
  };
  result.advantage_smallest_model = index.model(shared.front());
  result.advantage_largest_model = index.model(shared.back());
  result.advantage_smallest = at(shared.front());
  result.advantage_largest = at(shared.back());
}

}  // namespace

std::vector<BackendScaling> scaling(const StudyIndex& index, const std::string& baseline) {
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
        add_advantage(index, mode, series, all[baseline_number], here);
      }
    }
  }
  return result;
}

}  // namespace inferscale::analysis
