// The search for a crossover (inferscale crossover): each size, what it gave, and why it was measured.
#include "analysis/quantity.hpp"
#include "report/plot.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {
namespace {

std::optional<analysis::Interval> bracket_of(const Json& step) {
  const auto bracket = step.find("bracket");
  if (bracket == step.end() || !bracket->is_object()) {
    return std::nullopt;
  }
  const auto low = number_at(*bracket, "low_parameters");
  const auto high = number_at(*bracket, "high_parameters");
  return low && high ? std::optional(analysis::Interval{*low, *high}) : std::nullopt;
}

std::string bracket_after(const Json& step) {
  const auto bracket = bracket_of(step);
  return bracket ? fmt::format("{} to {}", analysis::parameters_text(bracket->low),
                               analysis::parameters_text(bracket->high))
                 : kNone;
}

std::string ratio_after(const Json& step) {
  const auto ratio = number_at(step, "ratio");
  if (!ratio) {
    return kNone;
  }
  std::optional<analysis::Interval> ci95;
  const auto ends = step.find("ci95");
  if (ends != step.end() && ends->is_array() && ends->size() == 2 && (*ends)[0].is_number() &&
      (*ends)[1].is_number()) {
    ci95 = analysis::Interval{(*ends)[0].get<double>(), (*ends)[1].get<double>()};
  }
  return ratio_interval_text(*ratio, ci95);
}

std::string winner_after(const Json& step) {
  const auto winner = step.find("winner");
  if (winner == step.end() || !winner->is_string()) {
    return "not measured";
  }
  if (!winner->get_ref<const std::string&>().empty()) {
    return winner->get<std::string>();
  }
  const std::string verdict = field_text(step, "verdict");
  return verdict.empty() ? "alike or undecided" : verdict;  // before 0.2.0 a search did not say which
}

bool has_winner(const Json& step) {
  return !field_text(step, "winner").empty();
}

std::string status_words(const Json& search) {
  const auto status = field_text(search, "status");
  if (status == "bracketed") {
    return "Found";
  }
  if (status == "tied") {
    const auto bracket = search.find("bracket");
    const bool inside = bracket != search.end() && bracket->is_object();
    return inside ? "Found, as far as the two can be told apart"
                  : "No crossing: the two cannot be told apart";
  }
  if (status == "out_of_sizes") {
    return "As tight as models come";
  }
  if (status == "budget_used") {
    return "Not as tight as asked for";
  }
  return status == "one_always_wins" ? "There is no crossing in the range" : "Not found";
}

}  // namespace

Blocks search_section(const Source& source, const Figures& figures) {
  const Json& search = source.search;
  if (!search.is_object() || !search.contains("steps") || !search["steps"].is_array()) {
    return {};
  }
  const auto first = field_text(search, "first");
  const auto second = field_text(search, "second");
  Blocks blocks{Heading{2, "Search for the crossing"}};
  Text lead;
  lead.strong(status_words(search));
  lead.plain(fmt::format(": {}.", field_text(search, "conclusion")));
  blocks.emplace_back(Paragraph{lead, false});
  blocks.emplace_back(Paragraph{
      fmt::format(
          "{} against {} in {}: after the two ends of the range, each size was chosen from those before it, "
          "until the bracket was at most {} wide or the two could not be told apart.",
          first, second, field_text(search, "mode"),
          percent_text(number_at(search, "tolerance").value_or(0))),
      true});
  Table table{"Sizes in the order of measuring",
              {{"Size", false},
               {"Parameters", true},
               {fmt::format("{} / {}, 95% interval", first, second), true},
               {"Faster", false},
               {"Bracket after it", false},
               {"Why this size", false}},
              {}};
  for (const Json& step : search["steps"]) {
    if (step.is_object()) {
      table.rows.push_back(
          {field_text(step, "model"), analysis::parameters_text(number_at(step, "parameters").value_or(0)),
           ratio_after(step), winner_after(step), bracket_after(step), field_text(step, "why")});
    }
  }
  blocks.emplace_back(std::move(table));
  append(blocks, gallery_of(figures.search));
  return blocks;
}

std::vector<PlottedSearchStep> plotted_search(const Json& search) {
  std::vector<PlottedSearchStep> steps;
  if (!search.is_object() || !search.contains("steps") || !search["steps"].is_array()) {
    return steps;
  }
  for (const Json& step : search["steps"]) {
    const auto parameters = step.is_object() ? number_at(step, "parameters") : std::nullopt;
    if (!parameters || !(*parameters > 0)) {
      continue;
    }
    const std::string winner = winner_after(step);
    PlottedSearchStep& plotted = steps.emplace_back();
    plotted.parameters = *parameters;
    plotted.winner = has_winner(step) ? winner + " is faster" : winner;
    plotted.bracket = bracket_of(step);
  }
  return steps;
}

}  // namespace inferscale::report
