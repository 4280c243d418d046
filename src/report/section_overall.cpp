// Overall means of every backend at every size, and how pairs compare.
#include <algorithm>

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

bool is_decided_winner(const Analysis& analysis, protocol::Mode mode, const std::string& model,
                       const std::string& backend) {
  for (const Decision& decision : analysis.decisions) {
    for (const DecisionLine& line : decision.lines) {
      if (decision.mode == mode && line.basis == Basis::measured && line.models.front() == model) {
        return line.winner == backend && line.tied_with.empty();
      }
    }
  }
  return false;
}

Text mean_text(const Analysis& analysis, const OverallMean& mean) {
  std::string text = estimate_text(mean.value);
  if (!mean.complete) {
    return mean.scenarios.empty() ? Text(kNone)
                                  : Text(fmt::format("{}, {} of {} scenarios", text, mean.scenarios.size(),
                                                     mean.scenarios.size() + mean.missing.size()));
  }
  return is_decided_winner(analysis, mean.mode, mean.model, mean.backend) ? Text().strong(std::move(text))
                                                                          : Text(std::move(text));
}

Table mean_table(const Analysis& analysis, protocol::Mode mode) {
  const record::Metric& metric = metric_of(analysis, mode);
  Table table{fmt::format("{}: {} [95% interval], mean over {}", to_string(mode), metric_text(metric),
                          count_text(static_cast<long>(analysis.scenarios.size()), "scenario")),
              {{"Model", false}, {"Parameters", true}},
              {}};
  for (const BackendFacts& backend : analysis.backends) {
    table.columns.push_back({fmt::format("{}, {}", backend.name, metric.unit), true});
  }
  for (const ModelSize& model : analysis.models) {
    std::vector<Text> row = {Text(model.name), parameters_text(static_cast<double>(model.parameters))};
    bool any = false;
    for (const BackendFacts& backend : analysis.backends) {
      const OverallMean* mean = find_mean(analysis, mode, model.name, backend.name);
      any = any || mean != nullptr;
      row.push_back(mean == nullptr ? Text(kNone) : mean_text(analysis, *mean));
    }
    if (any) {
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

Table comparison_table(const Analysis& analysis, protocol::Mode mode) {
  const record::Metric& metric = metric_of(analysis, mode);
  Table table{fmt::format("{}: ratios of overall {} {}", to_string(mode), metric.words,
                          metric.better == record::Direction::higher ? "A / B" : "B / A"),
              {{"Model", false},
               {"Pair A / B", false},
               {"Ratio [95%]", true},
               {"n", true},
               {"Welch t", true},
               {"df", true},
               {"p", true},
               {"p, Holm", true},
               {"Hedges' g", true},
               {"Paired over scenarios [95%]", true},
               {"p paired, Holm", true}},
              {}};
  for (const OverallComparison& one : analysis.overall_comparisons) {
    if (one.mode != mode) {
      continue;
    }
    const RatioTest& test = one.test;
    const std::string pair = one.first + " / " + one.second +
                             (one.complete ? "" : fmt::format(" ({} scenarios)", one.scenarios.size()));
    table.rows.push_back({Text(one.model), Text(pair), ratio_interval_text(test.ratio, test.ci95),
                          fmt::format("{}, {}", test.n_first, test.n_second), decimal_text(test.t),
                          decimal_text(test.df), p_text(test.p), p_text(test.p_holm),
                          decimal_text(test.hedges_g), ratio_interval_text(one.paired.ratio, one.paired.ci95),
                          p_text(one.paired.p_holm)});
  }
  return table;
}

}  // namespace

Blocks overall_section(const Source& source, const Figures& figures) {
  Blocks blocks{Heading{2, "Overall means"}};
  if (!figures.modes.empty()) {
    blocks.emplace_back(Paragraph{"The same figures are plotted at the top.", true});
  }
  blocks.emplace_back(Paragraph{
      "Student's t intervals over repetitions, each in another process. Bold: significantly fastest at that "
      "size. A mean over fewer scenarios than planned says so, and is not ranked.",
      true});
  for (const protocol::Mode mode : source.analysis.modes) {
    blocks.emplace_back(mean_table(source.analysis, mode));
    if (Table table = comparison_table(source.analysis, mode); !table.rows.empty()) {
      blocks.push_back(
          details(fmt::format("{}: ratios of all pairs, with tests", to_string(mode)), {std::move(table)}));
    }
  }
  return blocks;
}

}  // namespace inferscale::report
