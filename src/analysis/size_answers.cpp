#include "analysis/size_answers.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/distributions.hpp"
#include "protocol/precision.hpp"

namespace inferscale::analysis {
namespace {

using Points = std::vector<CurvePoint>;

/// The point of that size; points.size(): none.
std::size_t point_of(const Points& points, double parameters) {
  const auto found = std::find_if(points.begin(), points.end(), [&](const CurvePoint& point) {
    return same_size(point.parameters, parameters);
  });
  return static_cast<std::size_t>(found - points.begin());
}

/// Sizes at which both are measured, and the log of first / second there.
struct SharedSizes {
  std::vector<double> log_sizes, log_ratios;
};
SharedSizes shared_sizes(const Points& first, const Points& second) {
  SharedSizes shared;
  for (const CurvePoint& point : first) {
    const std::size_t other = point_of(second, point.parameters);
    if (other < second.size()) {
      shared.log_sizes.push_back(std::log(point.parameters));
      shared.log_ratios.push_back(point.figures.good.mean - second[other].figures.good.mean);
    }
  }
  return shared;
}

RatioTest ratio_of(const Place& first, const Place& second, std::optional<double> half_width) {
  RatioTest test;
  test.n_first = first.figures.good.n;
  test.n_second = second.figures.good.n;
  const double difference = first.figures.good.mean - second.figures.good.mean;
  test.ratio = std::exp(difference);
  if (half_width) {
    test.ci95 = Interval{std::exp(difference - *half_width), std::exp(difference + *half_width)};
    test.winner = difference > *half_width ? 1 : (-difference > *half_width ? -1 : 0);
  }
  return test;
}

std::optional<double> known(double half_width) {
  return std::isfinite(half_width) ? std::optional(half_width) : std::nullopt;
}

/// Ascending, one of those that same_size() takes for one.
void add_size(std::vector<double>& sizes, double parameters) {
  const bool there =
      std::any_of(sizes.begin(), sizes.end(), [&](double size) { return same_size(size, parameters); });
  if (!there) {
    sizes.insert(std::upper_bound(sizes.begin(), sizes.end(), parameters), parameters);
  }
}

}  // namespace

double roughness(const std::vector<double>& log_sizes, const std::vector<double>& log_ratios) {
  if (log_sizes.size() < 3) {
    return 0;
  }
  double sum = 0;
  for (std::size_t i = 1; i + 1 < log_sizes.size(); ++i) {
    const double before = log_sizes[i] - log_sizes[i - 1];
    const double after = log_sizes[i + 1] - log_sizes[i];
    const double line = (log_ratios[i - 1] * after + log_ratios[i + 1] * before) / (before + after);
    sum += (log_ratios[i] - line) * (log_ratios[i] - line) * (1 / before + 1 / after);
  }
  return sum / static_cast<double>(log_sizes.size() - 2);
}

std::vector<Contender> contenders_of(const StudyIndex& index, protocol::Mode mode,
                                     const std::vector<int>& scenarios, const std::string& machine) {
  std::vector<Contender> contenders;
  for (int backend = 0; backend < index.backends(); ++backend) {
    const std::string& precision = index.dataset().backends[static_cast<std::size_t>(backend)].precision;
    contenders.push_back({machine, index.backend(backend), size_curve(index, mode, backend, scenarios),
                          protocol::named_precision(precision).bits});
  }
  return contenders;
}

SizeAnswers::SizeAnswers(std::vector<Contender> contenders, double indifference)
    : contenders_(std::move(contenders)), indifference_(indifference) {
  for (const Contender& contender : contenders_) {
    points_.push_back(one_point_a_size(contender.curve));
    for (const CurvePoint& point : contender.curve) {
      const bool there = std::any_of(measured_.begin(), measured_.end(),
                                     [&](const Measured& one) { return one.model == point.model; });
      if (!there) {
        measured_.push_back({point.model, point.parameters});
      }
      add_size(sizes_, point.parameters);
      add_size(machine_sizes_[contender.machine], point.parameters);
    }
  }
  std::sort(measured_.begin(), measured_.end(), [](const Measured& a, const Measured& b) {
    return std::tie(a.parameters, a.model) < std::tie(b.parameters, b.model);
  });
  for (std::size_t i = 0; i < points_.size(); ++i) {
    for (std::size_t j = i + 1; j < points_.size(); ++j) {
      const SharedSizes shared = shared_sizes(points_[i], points_[j]);
      roughness_[{i, j}] = roughness_[{j, i}] = roughness(shared.log_sizes, shared.log_ratios);
    }
  }
  choose();
}

double SizeAnswers::half_width(std::size_t first, std::size_t first_point, std::size_t second,
                               std::size_t second_point) const {
  const auto key = std::make_tuple(first, first_point, second, second_point);
  const auto found = half_widths_.find(key);
  if (found != half_widths_.end()) {
    return found->second;
  }
  const RatioTest test =
      compare_log_means(points_[first][first_point].figures.good, points_[second][second_point].figures.good);
  const double width =
      test.ci95 ? std::log(test.ci95->high / test.ratio) : std::numeric_limits<double>::infinity();
  return half_widths_[key] = width;
}

Standing SizeAnswers::at_model(const std::string& model) const {
  Standing standing;
  standing.model = model;
  const auto measured = std::find_if(measured_.begin(), measured_.end(),
                                     [&](const Measured& one) { return one.model == model; });
  if (measured == measured_.end()) {
    return standing;
  }
  standing.parameters = measured->parameters;
  for (std::size_t i = 0; i < contenders_.size(); ++i) {
    const auto& curve = contenders_[i].curve;
    const auto point =
        std::find_if(curve.begin(), curve.end(), [&](const CurvePoint& one) { return one.model == model; });
    if (point != curve.end()) {
      Place& place = standing.places.emplace_back();
      place.contender = i;
      place.models = {model};
      place.figures = point->figures;
      place.low = place.high = point_of(points_[i], point->parameters);
    } else if (auto place = curve.empty() || measures(i, standing.parameters)
                                ? std::nullopt
                                : place_between(i, standing.parameters)) {
      standing.places.push_back(std::move(*place));  // of a machine that measured other sizes
    }
  }
  return rank(std::move(standing));
}

bool SizeAnswers::measures(std::size_t contender, double parameters) const {
  const auto& sizes = machine_sizes_.at(contenders_[contender].machine);
  return std::any_of(sizes.begin(), sizes.end(), [&](double size) { return same_size(size, parameters); });
}

/// A size at which the backend failed lies between no two of its points.
std::optional<Place> SizeAnswers::place_between(std::size_t contender, double parameters) const {
  const auto& sizes = machine_sizes_.at(contenders_[contender].machine);
  const auto above = std::upper_bound(sizes.begin(), sizes.end(), parameters);
  if (above == sizes.begin() || above == sizes.end()) {
    return std::nullopt;
  }
  const Points& points = points_[contender];
  const std::size_t low = point_of(points, *(above - 1));
  const std::size_t high = point_of(points, *above);
  if (low == points.size() || high == points.size()) {
    return std::nullopt;
  }
  Place place;
  place.contender = contender;
  place.basis = Basis::interpolated;
  place.models = {points[low].model, points[high].model};
  place.low = low;
  place.high = high;
  place.figures = between(points[low], points[high], parameters);
  return place;
}

std::optional<Place> SizeAnswers::place_beyond(std::size_t contender, double parameters) const {
  const Points& points = points_[contender];
  auto figures = beyond(points, parameters);
  if (!figures) {
    return std::nullopt;
  }
  Place place;
  place.contender = contender;
  place.basis = Basis::extrapolated;
  for (const CurvePoint& point : points) {
    place.models.push_back(point.model);
  }
  place.figures = std::move(*figures);
  return place;
}

Standing SizeAnswers::at(double parameters, bool extrapolate) const {
  Standing standing;
  standing.parameters = parameters;
  const bool outside = sizes_.empty() || parameters < sizes_.front() || parameters > sizes_.back();
  standing.basis = outside ? Basis::extrapolated : Basis::interpolated;
  for (std::size_t i = 0; i < contenders_.size(); ++i) {
    auto place = points_[i].empty() ? std::nullopt : place_between(i, parameters);
    const bool inside = !points_[i].empty() && parameters > points_[i].front().parameters &&
                        parameters < points_[i].back().parameters;
    if (!place && extrapolate && !inside) {
      place = place_beyond(i, parameters);
    }
    if (place) {
      standing.places.push_back(std::move(*place));
    }
  }
  return rank(std::move(standing));
}

RatioTest SizeAnswers::compare_between(double parameters, const Place& first, const Place& second) const {
  const Points& a = points_[first.contender];
  const Points& b = points_[second.contender];
  const double ends = std::max(half_width(first.contender, first.low, second.contender, second.low),
                               half_width(first.contender, first.high, second.contender, second.high));
  const double low = std::log(std::min(a[first.low].parameters, b[second.low].parameters));
  const double high = std::log(std::max(a[first.high].parameters, b[second.high].parameters));
  const double size = std::log(parameters);
  const double rough = roughness_.at({first.contender, second.contender});
  // A random walk that is known at both ends: its variance between them. Two deviations are some 95%.
  const double line = 2 * std::sqrt(std::max(0.0, rough * (size - low) * (high - size) / (high - low)));
  return ratio_of(first, second, known(std::hypot(ends, line)));
}

RatioTest SizeAnswers::compare_beyond(double parameters, const Place& first, const Place& second) const {
  const SharedSizes shared = shared_sizes(points_[first.contender], points_[second.contender]);
  const auto line = fit_line(shared.log_sizes, shared.log_ratios);
  if (!line || line->n < 3) {
    return ratio_of(first, second, std::nullopt);
  }
  const double distance = std::log(parameters) - line->x_mean;
  const double variance = line->residual_variance * (1 + 1.0 / line->n + distance * distance / line->sxx);
  double width = student_t_quantile(0.975, line->n - 2) * std::sqrt(variance);
  for (const bool last : {false, true}) {
    width = std::max(width, half_width(first.contender, last ? points_[first.contender].size() - 1 : 0,
                                       second.contender, last ? points_[second.contender].size() - 1 : 0));
  }
  return ratio_of(first, second, known(width));
}

RatioTest SizeAnswers::compare(const Standing& standing, const Place& first, const Place& second) const {
  if (first.contender == second.contender) {
    return ratio_of(first, second, 0);
  }
  if (first.basis == Basis::extrapolated || second.basis == Basis::extrapolated) {
    return compare_beyond(standing.parameters, first, second);
  }
  if (first.basis == Basis::interpolated || second.basis == Basis::interpolated) {
    return compare_between(standing.parameters, first, second);
  }
  return compare_log_means(first.figures.good, second.figures.good);
}

Standing SizeAnswers::rank(Standing standing) const {
  std::stable_sort(standing.places.begin(), standing.places.end(),
                   [](const Place& a, const Place& b) { return a.figures.good.mean > b.figures.good.mean; });
  for (Place& place : standing.places) {
    place.behind_best = compare(standing, standing.places.front(), place);
    place.best_is = verdict_within(place.behind_best, indifference_);
  }
  if (!standing.empty() && !uses_.empty()) {
    standing.use = use_at(standing);
    for (Place& place : standing.places) {
      place.behind_use = compare(standing, standing.places[standing.use], place);
      place.use_is = verdict_within(place.behind_use, indifference_);
    }
  }
  return standing;
}

}  // namespace inferscale::analysis
