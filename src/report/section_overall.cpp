// Overall means of every backend at every size, and how the others compare with the winner and the baseline.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "analysis/quantity.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

const OverallMean* find_mean(const Analysis& analysis, protocol::Mode mode, const std::string& model,
                             const std::string& backend) {
  const auto found =
      std::find_if(analysis.overall.begin(), analysis.overall.end(), [&](const OverallMean& mean) {
        return mean.mode == mode && mean.model == model && mean.backend == backend;
      });
  return found == analysis.overall.end() ? nullptr : &*found;
}

const Decision* decision_of(const Analysis& analysis, protocol::Mode mode) {
  for (const Decision& decision : analysis.decisions) {
    if (decision.mode == mode) {
      return &decision;
    }
  }
  return nullptr;
}

bool is_used(const Analysis& analysis, protocol::Mode mode, const std::string& model,
             const std::string& backend) {
  const Decision* decision = decision_of(analysis, mode);
  return decision != nullptr &&
         std::any_of(decision->lines.begin(), decision->lines.end(), [&](const DecisionLine& line) {
           return line.basis == Basis::measured && line.models.front() == model && line.use == backend;
         });
}

Text mean_text(const Analysis& analysis, const OverallMean& mean) {
  std::string text = estimate_text(mean.value);
  if (!mean.complete) {
    return mean.scenarios.empty() ? Text(kNone)
                                  : Text(fmt::format("{}, {} of {} scenarios", text, mean.scenarios.size(),
                                                     mean.scenarios.size() + mean.missing.size()));
  }
  return is_used(analysis, mean.mode, mean.model, mean.backend) ? Text().strong(std::move(text))
                                                                : Text(std::move(text));
}

/// A row a backend, best first; a column a size.
Table mean_table(const Analysis& analysis, protocol::Mode mode) {
  const record::Metric& metric = metric_of(analysis, mode);
  Table table{fmt::format("{}: {}, mean over {}, ± 95% interval", to_string(mode), metric_text(metric),
                          count_text(static_cast<long>(analysis.scenarios.size()), "scenario")),
              {{"Rank", true}, {"Backend", false}},
              {}};
  std::vector<const ModelSize*> models;
  for (const ModelSize& model : analysis.models) {
    if (std::any_of(analysis.overall.begin(), analysis.overall.end(),
                    [&](const OverallMean& mean) { return mean.mode == mode && mean.model == model.name; })) {
      models.push_back(&model);
      const std::string size = parameters_text(static_cast<double>(model.parameters));
      table.columns.push_back({model.name + ", " + size, true});
    }
  }
  int rank = 0;
  for (const std::string& backend : ranked_backends(analysis, mode)) {
    std::vector<Text> row{std::to_string(++rank), Text(backend)};
    for (const ModelSize* model : models) {
      const OverallMean* mean = find_mean(analysis, mode, model->name, backend);
      row.push_back(mean == nullptr ? Text(kNone) : mean_text(analysis, *mean));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// Pairs with the one to use, or with the baseline; the rest is in a file.
Table comparison_table(const Analysis& analysis, protocol::Mode mode) {
  const record::Metric& metric = metric_of(analysis, mode);
  Table table{fmt::format("{}: ratios of overall {} {}, of the one to use and of {} with the others",
                          to_string(mode), metric.words,
                          metric.better == record::Direction::higher ? "A / B" : "B / A", analysis.baseline),
              {{"Model", false},
               {"Pair A / B", false},
               {"Ratio [95%]", true},
               {"p, Holm", true},
               {"Paired over scenarios [95%]", true}},
              {}};
  for (const OverallComparison& one : analysis.overall_comparisons) {
    const bool wanted = is_used(analysis, mode, one.model, one.first) ||
                        is_used(analysis, mode, one.model, one.second) || one.first == analysis.baseline ||
                        one.second == analysis.baseline;
    if (one.mode != mode || !wanted) {
      continue;
    }
    const RatioTest& test = one.test;
    const std::string pair = one.first + " / " + one.second +
                             (one.complete ? "" : fmt::format(" ({} scenarios)", one.scenarios.size()));
    table.rows.push_back({Text(one.model), Text(pair), ratio_interval_text(test.ratio, test.ci95),
                          p_text(test.p_holm), ratio_interval_text(one.paired.ratio, one.paired.ci95)});
  }
  return table;
}

}  // namespace

std::vector<std::string> ranked_backends(const Analysis& analysis, protocol::Mode mode) {
  std::map<std::string, std::pair<double, int>> behind;
  if (const Decision* decision = decision_of(analysis, mode)) {
    for (const DecisionLine& line : decision->lines) {
      for (const RankedBackend& ranked : line.ranking) {
        behind[ranked.backend].first += std::log(ranked.behind.ratio);
        ++behind[ranked.backend].second;
      }
    }
  }
  std::vector<std::string> names;
  for (const BackendFacts& backend : analysis.backends) {
    const bool any = std::any_of(
        analysis.cells.begin(), analysis.cells.end(),
        [&](const CellStatistics& cell) { return cell.mode == mode && cell.backend == backend.name; });
    if (any) {
      names.push_back(backend.name);
    }
  }
  const auto distance = [&](const std::string& name) {
    const auto found = behind.find(name);
    return found == behind.end() ? std::numeric_limits<double>::infinity()
                                 : found->second.first / found->second.second;
  };
  std::stable_sort(names.begin(), names.end(),
                   [&](const std::string& a, const std::string& b) { return distance(a) < distance(b); });
  return names;
}

Blocks overall_section(const Source& source, const Figures& /*figures*/) {
  Blocks blocks{Heading{2, "Overall means"}};
  blocks.emplace_back(
      Paragraph{"Intervals are over repetitions, each in another process; Student's t on logarithms. Bold: "
                "the one to use "
                "at that size. A mean over fewer scenarios than planned says so, and is not ranked.",
                true});
  for (const protocol::Mode mode : source.analysis.modes) {
    blocks.emplace_back(mean_table(source.analysis, mode));
    if (Table table = comparison_table(source.analysis, mode); !table.rows.empty()) {
      blocks.push_back(details(
          fmt::format("{}: ratios with tests", to_string(mode)),
          {std::move(table),
           Paragraph{Text("Every pair, with t, df and p: ").code("processed/comparisons.csv").plain("."),
                     true}}));
    }
  }
  return blocks;
}

}  // namespace inferscale::report
