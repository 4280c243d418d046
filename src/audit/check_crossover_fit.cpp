// The published fit of ratio over size beside the one that its own points give.
#include <algorithm>

#include "audit/crossover_table.hpp"

namespace inferscale::audit {

using namespace analysis;

namespace {

constexpr double kMillion = 1e6;

using PickFit = std::optional<double> (*)(const CrossoverFit&);

/// Throughputs of the first backend, then of the second; sizes as they are.
std::optional<Recomputed> from_throughputs(const CrossoverTable& table, PickFit pick) {
  std::vector<double> sizes;
  std::vector<Printed> inputs;
  for (const auto& point : table.points) {
    sizes.push_back(point.parameters.value);
    inputs.push_back(point.first);
  }
  for (const auto& point : table.points) {
    inputs.push_back(point.second);
  }
  return recompute(inputs, [&](const std::vector<double>& values) -> std::optional<double> {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      ratios.push_back(values[i] / values[i + sizes.size()]);
    }
    const auto fit = fit_crossover(sizes, ratios);
    return fit ? pick(*fit) : std::nullopt;
  });
}

/// The printed ratios, where every point has one.
std::optional<Recomputed> from_ratios(const CrossoverTable& table, PickFit pick) {
  std::vector<double> sizes;
  std::vector<Printed> inputs;
  for (const auto& point : table.points) {
    if (!point.ratio || point.ratio->range.low <= 0) {
      return std::nullopt;
    }
    sizes.push_back(point.parameters.value);
    inputs.push_back(*point.ratio);
  }
  return recompute(inputs, [&](const std::vector<double>& ratios) -> std::optional<double> {
    const auto fit = fit_crossover(sizes, ratios);
    return fit ? pick(*fit) : std::nullopt;
  });
}

std::optional<double> millions(const std::optional<double>& parameters) {
  return parameters ? std::optional(*parameters / kMillion) : std::nullopt;
}

struct FitFigure {
  const char* column;
  const char* name;
  PickFit pick;
};

const std::vector<FitFigure>& figures() {
  static const std::vector<FitFigure> all = {
      {"k", "slope k", [](const CrossoverFit& fit) { return std::optional(fit.k); }},
      {"a0", "A0", [](const CrossoverFit& fit) { return std::optional(fit.a0); }},
      {"crossover_m", "crossover, M", [](const CrossoverFit& fit) { return millions(fit.crossover); }},
      {"ci95_low_m", "95% interval from, M", [](const CrossoverFit& fit) { return millions(fit.ci95_low); }},
      {"ci95_high_m", "95% interval to, M", [](const CrossoverFit& fit) { return millions(fit.ci95_high); }},
  };
  return all;
}

/// Either the throughputs or the printed ratios may have been fitted: both are tried.
AuditFinding check_figure(const CrossoverTable& table, const FitFigure& figure, const Printed& published) {
  const auto throughputs = from_throughputs(table, figure.pick);
  const auto ratios = from_ratios(table, figure.pick);
  AuditFinding finding = judge(std::string("fit: ") + figure.name, published, throughputs,
                               "least squares of log(ratio) on log(parameters)" +
                                   std::string(figure.column[0] == 'c' && figure.column[1] == 'i'
                                                   ? ", Fieller's interval of the size at ratio 1"
                                                   : ""));
  if (ratios) {
    finding.why += fmt::format("; from the printed ratios {}", recomputed_text(*ratios));
    if (finding.agreement == Agreement::disagrees && ranges_meet(published.range, ratios->range)) {
      finding.agreement = Agreement::agrees;
    }
  }
  return finding;
}

std::vector<RatioPoint> ratio_points(const CrossoverTable& table) {
  std::vector<RatioPoint> points;
  for (const auto& printed : table.points) {
    RatioPoint point;
    point.model = printed.model;
    point.parameters = printed.parameters.value;
    point.ratio = printed.first.value / printed.second.value;
    point.winner = point.ratio > 1 ? 1 : -1;
    points.push_back(point);
  }
  return points;
}

std::string in_millions(double parameters) {
  return fmt::format("{:.1f} M", parameters / kMillion);
}

std::optional<CrossoverFit> fit_without_smallest(const CrossoverTable& table) {
  std::vector<double> sizes;
  std::vector<double> ratios;
  for (std::size_t i = 1; i < table.points.size(); ++i) {
    sizes.push_back(table.points[i].parameters.value);
    ratios.push_back(table.points[i].first.value / table.points[i].second.value);
  }
  return fit_crossover(sizes, ratios);
}

/// Whether the crossing that is claimed lies where the winner changes in the points.
AuditFinding check_bracket(const CrossoverTable& table, const Printed& published) {
  const auto brackets = find_brackets(ratio_points(table), table.first, table.second);
  if (brackets.size() != 1) {
    return {"crossover, M, against the measured bracket", published.text,
            fmt::format("{} changes of winner", brackets.size()), Agreement::cannot_be_told,
            "there is no one bracket"};
  }
  const auto& bracket = brackets.front();
  const Interval range{bracket.low_parameters / kMillion, bracket.high_parameters / kMillion};
  auto why = fmt::format("{} leads at {} ({}), {} at {} ({})", bracket.low_winner, bracket.low_model,
                         in_millions(bracket.low_parameters), bracket.high_winner, bracket.high_model,
                         in_millions(bracket.high_parameters));
  if (bracket.interpolated) {
    why += fmt::format("; interpolated between the two {}", in_millions(*bracket.interpolated));
  }
  if (const auto fit = fit_without_smallest(table); fit && fit->crossover) {
    why += fmt::format("; the line through all but {} crosses at {}", table.points.front().model,
                       in_millions(*fit->crossover));
  }
  return {"crossover, M, against the measured bracket", published.text,
          fmt::format("{:.1f} to {:.1f}", range.low, range.high),
          ranges_meet(published.range, range) ? Agreement::agrees : Agreement::disagrees, std::move(why)};
}

}  // namespace

AuditSection check_crossover_fit(const PublishedTables& tables) {
  AuditSection section{"crossover fit",
                       "Slope, intercept and the size at ratio 1 with its interval follow from the points.",
                       {},
                       {}};
  const auto table = crossover_table(tables, section);
  const CsvTable* published = tables.require("crossover_fit.csv", {}, section);
  if (!table || published == nullptr) {
    return section;
  }
  if (table->points.size() < 3) {
    section.not_checked.emplace_back("fewer than 3 points in crossover_points.csv");
    return section;
  }
  for (const auto& row : published->rows()) {
    for (const FitFigure& figure : figures()) {
      if (const auto value = published->number(row, figure.column)) {
        section.findings.push_back(check_figure(*table, figure, *value));
      } else {
        section.not_checked.push_back(fmt::format("no {} in crossover_fit.csv", figure.column));
      }
    }
    if (const auto crossing = published->number(row, "crossover_m")) {
      section.findings.push_back(check_bracket(*table, *crossing));
    }
  }
  return section;
}

}  // namespace inferscale::audit
