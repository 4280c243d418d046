#include "search/search_steps.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/quantity.hpp"
#include "search/search_fields.hpp"
#include "search/shape.hpp"

namespace inferscale::search {

using namespace analysis;

namespace {

constexpr int kSearchSchemaVersion = 1;

using Points = std::span<const SearchPoint>;

/// Two neighbouring sizes, as shapes: the next one lies between them.
struct Gap {
  const SearchPoint* low = nullptr;
  const SearchPoint* high = nullptr;
  [[nodiscard]] double log_width() const {
    return std::log(high->result->parameters / low->result->parameters);
  }
};

std::vector<model::DecoderSpec> shapes(Points points) {
  std::vector<model::DecoderSpec> taken;
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

/// How wide a tie is: sizes that tie because nothing can be told must not read as sizes that are equal.
std::string widest_interval_of_ties(const std::vector<RatioPoint>& results, const SearchSettings& settings) {
  const auto width = [](const RatioPoint& point) { return std::log(point.ci95->high / point.ci95->low); };
  const RatioPoint* widest = nullptr;
  for (const RatioPoint& point : results) {
    if (point.winner == 0 && point.ci95 && (widest == nullptr || width(point) > width(*widest))) {
      widest = &point;
    }
  }
  return widest == nullptr
             ? std::string()
             : fmt::format("; the widest 95% interval of {} / {} where they tie is {} to {}, at {}",
                           settings.first, settings.second, ratio_text(widest->ci95->low),
                           ratio_text(widest->ci95->high), size_of(*widest));
}

/// Status and verdict of a tie among these sizes, and `words` with what the verdict means.
void conclude_tie(SearchDecision& decision, const std::string& words, const std::vector<RatioPoint>& results,
                  const SearchSettings& settings) {
  const bool alike = std::all_of(results.begin(), results.end(), [&](const RatioPoint& point) {
    return point.winner != 0 || verdict_of(point, settings) == Verdict::alike;
  });
  decision.status = SearchStatus::tied;
  decision.verdict = alike ? Verdict::alike : Verdict::undecided;
  const std::string band = percent(settings.indifference);
  decision.why = words + widest_interval_of_ties(results, settings) +
                 (alike ? "; where they tie they are alike, within " + band
                        : "; which of the two is faster where they tie is undecided: more than " + band +
                              " is possible");
}

/// "a wins up to 4.00 M, b from 16.0 M"
std::string who_wins_where(const Crossover::Bracket& bracket) {
  return fmt::format("{} wins up to {}, {} from {}", bracket.low_winner,
                     parameters_text(bracket.low_parameters), bracket.high_winner,
                     parameters_text(bracket.high_parameters));
}

/// Only the first bracket is made tight; the others are named.
std::string further_changes(Points points, const SearchSettings& settings) {
  const auto brackets = find_brackets(results_by_size(points), settings.first, settings.second);
  std::string words;
  for (std::size_t i = 1; i < brackets.size(); ++i) {
    words += fmt::format("; the winner changes again, to {}, between {} and {}", brackets[i].high_winner,
                         parameters_text(brackets[i].low_parameters),
                         parameters_text(brackets[i].high_parameters));
  }
  return words;
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
  const auto bracket = first_bracket(points, settings);
  const std::string so_far = bracket ? who_wins_where(*bracket) + "; " : std::string();
  if (!decision.next) {
    decision.status = SearchStatus::out_of_sizes;
    decision.why =
        so_far + fmt::format("no model lies between {} ({}) and {} ({})", gap.low->shape.name,
                             size_of(*gap.low->result), gap.high->shape.name, size_of(*gap.high->result));
    return decision;
  }
  if (static_cast<int>(points.size()) >= settings.max_models) {
    decision.next.reset();
    decision.status = SearchStatus::budget_used;
    decision.why =
        so_far + fmt::format("{} sizes are measured, and no more are allowed (--max-models)", points.size()) +
        further_changes(points, settings);
    return decision;
  }
  decision.why = std::move(why);
  return decision;
}

std::vector<RatioPoint> results_inside(Points points, const Crossover::Bracket& bracket) {
  auto results = results_by_size(points);
  std::erase_if(results, [&](const RatioPoint& point) {
    return point.parameters < bracket.low_parameters || point.parameters > bracket.high_parameters;
  });
  return results;
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
  conclude_tie(decision, who_wins_where(bracket) + "; " + tied, results_inside(points, bracket), settings);
  decision.why += further_changes(points, settings);
  return decision;
}

SearchDecision decide_in_bracket(Points points, const SearchSettings& settings,
                                 const Crossover::Bracket& bracket) {
  SearchDecision decision;
  decision.bracket = SearchBracket{*point_of(points, bracket.low_model)->result,
                                   *point_of(points, bracket.high_model)->result};
  if (bracket.high_parameters / bracket.low_parameters - 1 <= settings.tolerance) {
    decision.status = SearchStatus::bracketed;
    decision.why = fmt::format("{}: {} apart, within the tolerance of {}", who_wins_where(bracket),
                               percent(bracket.high_parameters / bracket.low_parameters - 1),
                               percent(settings.tolerance)) +
                   further_changes(points, settings);
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

/// What the sizes between the ends say, where no winner changes.
std::string words_of_inside(const std::vector<RatioPoint>& results) {
  std::vector<std::string> tied;
  for (std::size_t i = 1; i + 1 < results.size(); ++i) {
    if (results[i].winner == 0) {
      tied.push_back(size_of(results[i]));
    }
  }
  if (results.size() <= 2) {
    return "and no size between them has a result";
  }
  if (tied.empty()) {
    return "and nothing between them says otherwise";
  }
  std::string words = "though they tie at ";
  for (std::size_t i = 0; i < tied.size(); ++i) {
    words += (i == 0 ? "" : ", ") + tied[i];
  }
  return words;
}

/// "they tie at the small end, up to 4.00 M, and b wins from 16.0 M"
std::string words_of_tied_end(const std::vector<RatioPoint>& results, const SearchSettings& settings) {
  const bool small = results.front().winner == 0;
  const auto decided = [](const RatioPoint& point) { return point.winner != 0; };
  if (small) {
    const auto first = std::find_if(results.begin(), results.end(), decided);
    return fmt::format("they tie at the small end, up to {}, and {} wins from {}", size_of(*(first - 1)),
                       first->winner > 0 ? settings.first : settings.second, size_of(*first));
  }
  const auto last = std::find_if(results.rbegin(), results.rend(), decided);
  return fmt::format("{} wins up to {}, and they tie at the large end, from {}",
                     last->winner > 0 ? settings.first : settings.second, size_of(*last),
                     size_of(*(last - 1)));
}

/// The winner does not change among the sizes measured: one more in the middle (another if that fails), then
/// the answer.
SearchDecision decide_without_bracket(Points points, const SearchSettings& settings) {
  const auto results = results_by_size(points);
  const RatioPoint& smallest = results.front();
  const RatioPoint& largest = results.back();
  constexpr std::size_t kTries = 2;
  if (results.size() == 2 && points.size() < 2 + kTries) {
    const double middle = std::sqrt(smallest.parameters * largest.parameters);
    auto searched = search_on(
        {}, points, settings, {point_of(points, smallest.model), point_of(points, largest.model)}, middle,
        points.size() == 2 ? "the middle of the range, for the ends have no change of winner between them"
                           : "near the middle of the range, for the size tried there has no result");
    if (searched.status != SearchStatus::out_of_sizes) {
      return searched;  // else the ends are all that can be asked, and answer
    }
  }
  SearchDecision decision;
  const auto ratios = fmt::format("{} / {} is {} and {}", settings.first, settings.second, ratio_at(smallest),
                                  ratio_at(largest));
  const auto& winner = smallest.winner > 0 ? settings.first : settings.second;
  if (smallest.winner != 0 && smallest.winner == largest.winner) {
    decision.status = SearchStatus::one_always_wins;
    decision.why = fmt::format("{} wins at both ends, {}: {}", winner, words_of_inside(results), ratios);
    return decision;
  }
  constexpr const char* kAdvice = "(more repetitions make intervals tighter)";
  const bool any =
      std::any_of(results.begin(), results.end(), [](const RatioPoint& point) { return point.winner != 0; });
  const std::string words = !any ? fmt::format("they tie at both ends and between: {} {}", ratios, kAdvice)
                                 : fmt::format("{}, so no change of winner can be seen: {} {}",
                                               words_of_tied_end(results, settings), ratios, kAdvice);
  conclude_tie(decision, words, results, settings);
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

bool is_undecided(const SearchDecision& decision) {
  return decision.status == SearchStatus::tied && decision.verdict == Verdict::undecided;
}

bool is_answer(const SearchDecision& decision) {
  return decision.status == SearchStatus::bracketed || decision.status == SearchStatus::one_always_wins ||
         (decision.status == SearchStatus::tied && !is_undecided(decision));
}

Verdict verdict_of(const RatioPoint& point, const SearchSettings& settings) {
  RatioTest test;
  test.ratio = point.ratio;
  test.ci95 = point.ci95;
  return verdict_within(test, settings.indifference);
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
    if (step.point.result) {
      step.verdict = verdict_of(*step.point.result, settings);
    }
    search.steps.push_back(std::move(step));
  }
  search.end = decide_next(points, settings);
  return search;
}

Json to_json(const CrossoverSearch& search) {
  Json json = Json::object();
  json["schema_version"] = kSearchSchemaVersion;
  write_fields(kFieldsOf<CrossoverSearch>, search, json);
  return json;
}

}  // namespace inferscale::search
