#include "search/search_steps.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/quantity.hpp"
#include "search/shape.hpp"

namespace inferscale {
namespace {

using Points = std::span<const SearchPoint>;

/// Two neighbouring sizes, as shapes: the next one lies between them.
struct Gap {
  const SearchPoint* low = nullptr;
  const SearchPoint* high = nullptr;
  [[nodiscard]] double log_width() const {
    return std::log(high->result->parameters / low->result->parameters);
  }
};

std::vector<ModelConfig> shapes(Points points) {
  std::vector<ModelConfig> taken;
  for (const SearchPoint& point : points) {
    taken.push_back(point.shape);
  }
  return taken;
}

std::vector<RatioPoint> results_by_size(Points points) {
  std::vector<RatioPoint> results;
  for (const SearchPoint& point : points) {
    if (point.result) {
      results.push_back(*point.result);
    }
  }
  std::sort(results.begin(), results.end(),
            [](const RatioPoint& a, const RatioPoint& b) { return a.parameters < b.parameters; });
  return results;
}

const SearchPoint* point_of(Points points, const std::string& model) {
  return &*std::find_if(points.begin(), points.end(),
                        [&](const SearchPoint& point) { return point.shape.name == model; });
}

std::string size_of(const RatioPoint& point) {
  return parameters_text(point.parameters);
}

std::string ratio_at(const RatioPoint& point) {
  return fmt::format("{} at {}", ratio_text(point.ratio), size_of(point));
}

std::string percent(double share) {
  return fmt::format("{:.3g}%", share * 100);
}

std::optional<Crossover::Bracket> first_bracket(Points points, const SearchSettings& settings) {
  const auto brackets = find_brackets(results_by_size(points), settings.first, settings.second);
  return brackets.empty() ? std::nullopt : std::optional(brackets.front());
}

double log_width_of(const Crossover::Bracket& bracket) {
  return std::log(bracket.high_parameters / bracket.low_parameters);
}

/// Where to measure inside a bracket without ties: near the interpolated crossing, or in the middle.
std::pair<double, std::string> target_inside(const Crossover::Bracket& bracket, bool bisect,
                                             double tolerance) {
  const double low = std::log(bracket.low_parameters);
  const double high = std::log(bracket.high_parameters);
  if (bisect || !bracket.interpolated) {
    return {std::exp((low + high) / 2), "the middle of the bracket, for the last step did not halve it"};
  }
  const double crossing = std::log(*bracket.interpolated);
  const double beyond = std::log1p(tolerance) / 2;
  const bool low_is_farther = crossing - low > high - crossing;
  const double aimed = low_is_farther ? crossing - beyond : crossing + beyond;
  const double margin = (high - low) / 20;
  return {std::exp(std::clamp(aimed, low + margin, high - margin)),
          fmt::format("just {} the interpolated crossing at {}, to bring the {} end of the bracket near",
                      low_is_farther ? "below" : "above", parameters_text(*bracket.interpolated),
                      low_is_farther ? "lower" : "upper")};
}

SearchDecision search_on(SearchDecision decision, Points points, const SearchSettings& settings,
                         const Gap& gap, double target, std::string why) {
  decision.next = shape_between(gap.low->shape, gap.high->shape, target, shapes(points));
  if (!decision.next) {
    decision.status = SearchStatus::out_of_sizes;
    decision.why = fmt::format("no model lies between {} ({}) and {} ({})", gap.low->shape.name,
                               size_of(*gap.low->result), gap.high->shape.name, size_of(*gap.high->result));
    return decision;
  }
  if (static_cast<int>(points.size()) >= settings.max_models) {
    decision.next.reset();
    decision.status = SearchStatus::budget_used;
    decision.why =
        fmt::format("{} sizes are measured, and no more are allowed (--max-models)", points.size());
    return decision;
  }
  decision.why = std::move(why);
  return decision;
}

/// Ties lie inside the bracket: close the wider of the gaps on both sides of them.
SearchDecision close_in_on_ties(SearchDecision decision, Points points, const SearchSettings& settings,
                                const Crossover::Bracket& bracket) {
  const Gap below{point_of(points, bracket.low_model), point_of(points, bracket.ties.front())};
  const Gap above{point_of(points, bracket.ties.back()), point_of(points, bracket.high_model)};
  const Gap& wider = below.log_width() >= above.log_width() ? below : above;
  const auto tied =
      fmt::format("they tie from {} to {}", size_of(*below.high->result), size_of(*above.low->result));
  if (wider.log_width() > std::log1p(settings.tolerance)) {
    const double middle = std::sqrt(wider.low->result->parameters * wider.high->result->parameters);
    auto searched = search_on(decision, points, settings, wider, middle,
                              fmt::format("the middle of the wider gap beside the sizes at which they tie"));
    if (searched.status != SearchStatus::out_of_sizes) {
      if (searched.status == SearchStatus::budget_used) {
        searched.why += "; " + tied;
      }
      return searched;
    }
  }
  decision.status = SearchStatus::tied;
  decision.why =
      fmt::format("{} wins up to {}, {} from {}; {}", bracket.low_winner, size_of(decision.bracket->low),
                  bracket.high_winner, size_of(decision.bracket->high), tied);
  return decision;
}

SearchDecision decide_in_bracket(Points points, const SearchSettings& settings,
                                 const Crossover::Bracket& bracket) {
  SearchDecision decision;
  decision.bracket = SearchBracket{*point_of(points, bracket.low_model)->result,
                                   *point_of(points, bracket.high_model)->result};
  if (bracket.high_parameters / bracket.low_parameters - 1 <= settings.tolerance) {
    decision.status = SearchStatus::bracketed;
    decision.why = fmt::format(
        "{} wins up to {}, {} from {}: {} apart, within the tolerance of {}", bracket.low_winner,
        size_of(decision.bracket->low), bracket.high_winner, size_of(decision.bracket->high),
        percent(bracket.high_parameters / bracket.low_parameters - 1), percent(settings.tolerance));
    return decision;
  }
  if (!bracket.ties.empty()) {
    return close_in_on_ties(std::move(decision), points, settings, bracket);
  }
  const auto before =
      points.size() > 2 ? first_bracket(points.first(points.size() - 1), settings) : std::nullopt;
  const bool slow = before && log_width_of(bracket) > log_width_of(*before) / 2;
  const bool near = log_width_of(bracket) <= 2 * std::log1p(settings.tolerance);
  auto [target, why] = target_inside(bracket, slow || near, settings.tolerance);
  if (near && !slow) {
    why = "the middle of the bracket, which is nearly tight enough";
  }
  const Gap gap{point_of(points, bracket.low_model), point_of(points, bracket.high_model)};
  return search_on(std::move(decision), points, settings, gap, target, std::move(why));
}

/// The winner does not change among the sizes measured: one more in the middle, then the answer.
SearchDecision decide_without_bracket(Points points, const SearchSettings& settings) {
  const auto results = results_by_size(points);
  const RatioPoint& smallest = results.front();
  const RatioPoint& largest = results.back();
  if (points.size() == 2) {
    const double middle = std::sqrt(smallest.parameters * largest.parameters);
    return search_on({}, points, settings,
                     {point_of(points, smallest.model), point_of(points, largest.model)}, middle,
                     "the middle of the range, for the ends have no change of winner between them");
  }
  SearchDecision decision;
  const auto ratios = fmt::format("{} / {} is {} and {}", settings.first, settings.second, ratio_at(smallest),
                                  ratio_at(largest));
  const auto& winner = smallest.winner > 0 ? settings.first : settings.second;
  if (smallest.winner != 0 && smallest.winner == largest.winner) {
    decision.status = SearchStatus::one_always_wins;
    decision.why =
        fmt::format("{} wins at both ends, and nothing between them says otherwise: {}", winner, ratios);
    return decision;
  }
  decision.status = SearchStatus::tied;
  const bool decided = smallest.winner != 0 || largest.winner != 0;
  decision.why =
      decided ? fmt::format(
                    "they tie at the {} end, so no change of winner can be seen: {} (more repetitions make "
                    "intervals tighter)",
                    smallest.winner == 0 ? "small" : "large", ratios)
              : fmt::format("they tie at both ends: {} (more repetitions make intervals tighter)", ratios);
  return decision;
}

}  // namespace

std::string_view to_string(SearchStatus status) {
  switch (status) {
    case SearchStatus::searching:
      return "searching";
    case SearchStatus::bracketed:
      return "bracketed";
    case SearchStatus::tied:
      return "tied";
    case SearchStatus::one_always_wins:
      return "one_always_wins";
    case SearchStatus::out_of_sizes:
      return "out_of_sizes";
    case SearchStatus::budget_used:
      return "budget_used";
    case SearchStatus::not_measured:
      return "not_measured";
    case SearchStatus::interrupted:
      break;
  }
  return "interrupted";
}

bool is_answer(SearchStatus status) {
  return status == SearchStatus::bracketed || status == SearchStatus::tied ||
         status == SearchStatus::one_always_wins;
}

SearchDecision decide_next(Points points, const SearchSettings& settings) {
  for (const SearchPoint& end : points.first(2)) {
    if (!end.result) {
      return {
          SearchStatus::not_measured, std::nullopt,
          fmt::format("{} has no result of both backends with an interval, so the ends cannot be compared "
                      "(failures.md says what failed)",
                      end.shape.name),
          std::nullopt};
    }
  }
  const auto bracket = first_bracket(points, settings);
  return bracket ? decide_in_bracket(points, settings, *bracket) : decide_without_bracket(points, settings);
}

CrossoverSearch replay_search(Points points, const SearchSettings& settings) {
  CrossoverSearch search{settings, {}, {}};
  SearchSettings unlimited = settings;
  unlimited.max_models = static_cast<int>(points.size()) + 1;
  for (std::size_t i = 0; i < points.size(); ++i) {
    SearchStep step{
        points[i], i == 0 ? "the smallest size of the range" : "the largest size of the range", {}};
    if (i >= 2) {
      const auto led = decide_next(points.first(i), unlimited);
      step.why = led.next && led.next->name == points[i].shape.name ? led.why : "asked for by an earlier run";
    }
    if (i >= 1) {
      step.bracket = decide_next(points.first(i + 1), unlimited).bracket;
    }
    search.steps.push_back(std::move(step));
  }
  search.end = decide_next(points, settings);
  return search;
}

}  // namespace inferscale
