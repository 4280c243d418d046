// Where the ratio of two backends crosses 1 over model size: the measured bracket first, then the fit.
#include <algorithm>

#include "analysis/quantity.hpp"
#include "report/crossover_words.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

std::string least_squares_text(const CrossoverFit& fit) {
  if (fit.extrapolated) {
    return "outside the measured sizes";
  }
  return fit.crossover ? crossing_text(*fit.crossover) : "none: the ratio does not change";
}

std::string leave_one_out_text(const CrossoverFit& fit) {
  return fit.leave_one_out ? fmt::format("{} to {}", crossing_text(fit.leave_one_out->low),
                                         crossing_text(fit.leave_one_out->high))
                           : kNone;
}

/// Without its pair.
std::vector<Text> crossover_row(const Crossover& crossover) {
  std::vector<Text> row = {Text(verdict(crossover)), bracket_text(crossover), interpolated_text(crossover)};
  if (!crossover.fit) {
    row.insert(row.end(), {Text("none: fewer than 3 sizes"), kNone, kNone, kNone, kNone, kNone});
    return row;
  }
  const CrossoverFit& fit = *crossover.fit;
  row.insert(row.end(), {Text(least_squares_text(fit)), fieller_text(fit), ratio_text(fit.k),
                         decimal_text(fit.r_squared), leave_one_out_text(fit),
                         fit.curvature ? p_text(fit.curvature->p) : kNone});
  return row;
}

const std::vector<Column>& crossover_columns() {
  static const std::vector<Column> columns = {{"Outcome", false},
                                              {"Bracket, parameters", false},
                                              {"Interpolated inside, parameters", true},
                                              {"Least squares, parameters", true},
                                              {"95% interval (Fieller), parameters", true},
                                              {"Slope k", true},
                                              {"R²", true},
                                              {"Leave-one-out, parameters", true},
                                              {"Curvature, p", true}};
  return columns;
}

std::string pair_text(const Crossover& crossover) {
  return crossover.first + " / " + crossover.second;
}

/// A fit needs 3 sizes; without one its columns would be dashes.
bool any_fit(const std::vector<const Crossover*>& crossovers) {
  return std::any_of(crossovers.begin(), crossovers.end(),
                     [](const Crossover* one) { return one->fit.has_value(); });
}

/// "all", "short and medium" or "all but long": those that a pair's means are over.
std::string scenarios_text(const Crossover& crossover, const std::vector<protocol::Scenario>& planned) {
  const auto& used = crossover.scenarios;
  std::vector<std::string> missing;
  for (const protocol::Scenario& scenario : planned) {
    if (std::find(used.begin(), used.end(), scenario.name) == used.end()) {
      missing.push_back(scenario.name);
    }
  }
  if (missing.empty()) {
    return "all";
  }
  return missing.size() < used.size() ? "all but " + and_list(missing) : and_list(used);
}

/// Says which scenarios the means are over, where a pair's are fewer than planned.
void add_scenarios(Table& table, const std::vector<const Crossover*>& crossovers,
                   const std::vector<protocol::Scenario>& planned) {
  if (std::all_of(crossovers.begin(), crossovers.end(),
                  [&](const Crossover* one) { return scenarios_text(*one, planned) == "all"; })) {
    return;
  }
  table.columns.insert(table.columns.begin() + 1, Column{"Mean over scenarios", false});
  for (std::size_t i = 0; i < crossovers.size(); ++i) {
    table.rows[i].insert(table.rows[i].begin() + 1, Text(scenarios_text(*crossovers[i], planned)));
  }
}

Table pairs_table(std::string caption, const std::vector<const Crossover*>& crossovers, bool with_scenario) {
  constexpr std::size_t kWithoutFit = 3;
  const std::size_t columns = any_fit(crossovers) ? crossover_columns().size() : kWithoutFit;
  Table table{std::move(caption), {{"Pair A / B", false}}, {}};
  if (with_scenario) {
    table.columns.insert(table.columns.begin(), Column{"Scenario", false});
  }
  table.columns.insert(table.columns.end(), crossover_columns().begin(),
                       crossover_columns().begin() + static_cast<std::ptrdiff_t>(columns));
  for (const Crossover* crossover : crossovers) {
    auto row = crossover_row(*crossover);
    row.resize(columns);
    row.insert(row.begin(), Text(pair_text(*crossover)));
    if (with_scenario) {
      row.insert(row.begin(), Text(crossover->scenario));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// Those of a mode whose winner changes.
std::vector<const Crossover*> that_cross(const std::vector<Crossover>& all, protocol::Mode mode) {
  std::vector<const Crossover*> crossing;
  for (const Crossover& one : all) {
    if (one.mode == to_string(mode) && !one.brackets.empty()) {
      crossing.push_back(&one);
    }
  }
  return crossing;
}

/// "tensorrt-fp16 beats onnxruntime-cpu, openvino-cpu" of pairs that never cross, a sentence a winner.
List never_cross(const Analysis& analysis, protocol::Mode mode) {
  std::vector<std::pair<std::string, std::vector<std::string>>> beaten;
  std::vector<std::string> tied;
  for (const Crossover& one : analysis.crossovers) {
    if (one.mode != to_string(mode) || !one.brackets.empty()) {
      continue;
    }
    const auto won = std::find_if(one.points.begin(), one.points.end(),
                                  [](const RatioPoint& point) { return point.winner != 0; });
    if (won == one.points.end()) {
      tied.push_back(pair_text(one));
      continue;
    }
    const bool sometimes = std::any_of(one.points.begin(), one.points.end(),
                                       [](const RatioPoint& point) { return point.winner == 0; });
    const std::string& loser = won->winner > 0 ? one.second : one.first;
    auto found = std::find_if(beaten.begin(), beaten.end(),
                              [&](const auto& entry) { return entry.first == won->winner_name; });
    if (found == beaten.end()) {
      found = beaten.insert(beaten.end(), {won->winner_name, {}});
    }
    found->second.push_back(loser + (sometimes ? " (not at every size)" : ""));
  }
  List list;
  for (const auto& [winner, losers] : beaten) {
    list.items.push_back(
        Text(std::string(to_string(mode)) + ": ").strong(winner).plain(" beats " + and_list(losers) + "."));
  }
  if (!tied.empty()) {
    list.items.emplace_back(fmt::format("{}: no size tells {} apart.", to_string(mode), and_list(tied)));
  }
  return list;
}

/// Why there is no pair.
std::string nothing_to_cross(const Analysis& analysis) {
  const auto without = std::find_if(analysis.decisions.begin(), analysis.decisions.end(),
                                    [](const Decision& one) { return one.without_figures; });
  return fmt::format("No two backends {} at the same size, so there is nothing to cross.",
                     without == analysis.decisions.end()
                         ? "were ok"
                         : fmt::format("have a figure for {}", without->metric->words));
}

Paragraph how_to_read() {
  return {
      "The bracket is what was measured: the largest size at which one wins and the smallest at which the "
      "other does. Least squares fits log(A / B) = log(A0) + k log(parameters) to every size and gives the "
      "size where the ratio is 1; Fieller's interval is its uncertainty. Where bracket and line "
      "differ, trust the bracket. A small p of the curvature says that the ratios lie on no straight line.",
      true};
}

}  // namespace

Blocks crossover_section(const Source& source, const Figures& figures) {
  Blocks blocks{Heading{2, "Crossovers"}};
  const Analysis& analysis = source.analysis;
  if (analysis.crossovers.empty()) {
    blocks.emplace_back(Paragraph{nothing_to_cross(analysis), false});
    return blocks;
  }
  bool any = false;
  for (const protocol::Mode mode : analysis.modes) {
    const auto crossing = that_cross(analysis.crossovers, mode);
    const auto on_scenarios = that_cross(analysis.scenario_crossovers, mode);
    if (!any && (!crossing.empty() || !on_scenarios.empty())) {
      blocks.emplace_back(how_to_read());
      any = true;
    }
    if (!crossing.empty()) {
      Table table = pairs_table(fmt::format("{}: pairs that cross in the overall mean", to_string(mode)),
                                crossing, false);
      add_scenarios(table, crossing, analysis.scenarios);
      blocks.emplace_back(std::move(table));
    }
    if (const ModeFigures* drawn = figures_of(figures, mode); drawn != nullptr && !drawn->ratio.empty()) {
      blocks.emplace_back(Gallery{drawn->ratio});
    }
    if (List list = never_cross(analysis, mode); !list.items.empty()) {
      blocks.emplace_back(Paragraph{crossing.empty() ? fmt::format("No pair crosses in {}:", to_string(mode))
                                                     : "Every other pair never crosses:",
                                    false});
      blocks.emplace_back(std::move(list));
    }
    if (!on_scenarios.empty()) {
      blocks.push_back(
          details(fmt::format("{}: pairs that cross on a scenario", to_string(mode)),
                  {pairs_table(fmt::format("{}: pairs that cross on a scenario", to_string(mode)),
                               on_scenarios, true)}));
    }
  }
  return blocks;
}

}  // namespace inferscale::report
