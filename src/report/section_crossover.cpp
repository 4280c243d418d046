// Where the ratio of two backends crosses 1 over model size: the measured bracket first, then the fit.
#include "analysis/quantity.hpp"
#include "report/crossover_words.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

std::string least_squares_text(const CrossoverFit& fit) {
  if (!fit.crossover) {
    return "none: the ratio does not change";
  }
  return crossing_text(*fit.crossover) + (fit.extrapolated ? " (extrapolated)" : "");
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

/// The one pair that all crossovers of a mode are of; empty when there are several.
std::string only_pair(const Analysis& analysis, protocol::Mode mode) {
  std::string pair;
  for (const Crossover& crossover : analysis.crossovers) {
    if (crossover.mode != to_string(mode)) {
      continue;
    }
    if (!pair.empty() && pair != pair_text(crossover)) {
      return {};
    }
    pair = pair_text(crossover);
  }
  return pair;
}

/// A study of two backends has one pair: then the caption names it, and no column repeats it.
Table by_scenario(const Analysis& analysis, protocol::Mode mode) {
  const std::string pair = only_pair(analysis, mode);
  Table table{
      fmt::format("{}: crossovers{} on each scenario", to_string(mode), pair.empty() ? "" : " of " + pair),
      crossover_columns(),
      {}};
  if (pair.empty()) {
    table.columns.insert(table.columns.begin(), Column{"Pair A / B", false});
  }
  table.columns.insert(table.columns.begin(), Column{"Scenario", false});
  for (const protocol::Scenario& scenario : analysis.scenarios) {
    for (const Crossover& crossover : analysis.scenario_crossovers) {
      if (crossover.mode != to_string(mode) || crossover.scenario != scenario.name) {
        continue;
      }
      auto row = crossover_row(crossover);
      if (pair.empty()) {
        row.insert(row.begin(), Text(pair_text(crossover)));
      }
      row.insert(row.begin(), Text(scenario.name));
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

Table overall_pairs(const Analysis& analysis, protocol::Mode mode) {
  Table table{fmt::format("{}: crossovers over the overall mean", to_string(mode)), crossover_columns(), {}};
  table.columns.insert(table.columns.begin(), Column{"Pair A / B", false});
  for (const Crossover& crossover : analysis.crossovers) {
    if (crossover.mode == to_string(mode)) {
      auto row = crossover_row(crossover);
      row.insert(row.begin(), Text(pair_text(crossover)));
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

void add_figures(const ModeFigures* figures, protocol::Mode mode, Blocks& blocks) {
  if (figures == nullptr) {
    return;
  }
  if (!figures->ratio.empty()) {
    blocks.emplace_back(Gallery{figures->ratio});
  }
  constexpr std::size_t kFewPairs = 2;
  if (figures->no_change.empty()) {
    return;
  }
  if (figures->ratio.size() + figures->no_change.size() <= kFewPairs) {
    blocks.emplace_back(Gallery{figures->no_change});
  } else {
    blocks.push_back(
        details(fmt::format("{}: ratios of the pairs whose winner does not change", to_string(mode)),
                {Gallery{figures->no_change}}));
  }
}

}  // namespace

Blocks crossover_section(const Source& source, const Figures& figures) {
  Blocks blocks{Heading{2, "Crossovers"}};
  const Analysis& analysis = source.analysis;
  if (analysis.crossovers.empty()) {
    blocks.emplace_back(
        Paragraph{"No two backends were ok at the same size, so there is nothing to cross.", false});
    return blocks;
  }
  blocks.emplace_back(Paragraph{
      "The bracket is what was measured: the largest size at which one wins and the smallest at which the "
      "other "
      "does. Least squares fits log(A / B) = log(A0) + k log(parameters) to every size and gives the size "
      "where "
      "the ratio is 1; Fieller's interval is its uncertainty. Trust the bracket where they differ, and a "
      "straight line less when the curvature's p is small.",
      true});
  for (const protocol::Mode mode : analysis.modes) {
    Table pairs = overall_pairs(analysis, mode);
    if (pairs.rows.empty()) {
      continue;
    }
    blocks.emplace_back(std::move(pairs));
    add_figures(figures_of(figures, mode), mode, blocks);
    if (Table scenarios = by_scenario(analysis, mode); !scenarios.rows.empty()) {
      blocks.push_back(
          details(fmt::format("{}: crossovers on each scenario", to_string(mode)), {std::move(scenarios)}));
    }
  }
  return blocks;
}

}  // namespace inferscale::report
