// The decision: for each band of model sizes, the backend whose interval says that it is fastest.
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "analysis/quantity.hpp"
#include "analysis/study_index.hpp"

namespace inferscale::analysis {
namespace {

/// How far beyond the measured sizes an extrapolated line reaches: a factor of 3; beyond that nothing is
/// said.
constexpr double kReach = 3;

/// The complete backends of one measured size, fastest first.
struct MeasuredSize {
  int model = 0;
  double parameters = 0;
  std::vector<BackendAtSize> ranking;
  DecisionLine line;
};

std::string join(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

/// "1.45 times B (95% interval 1.40 to 1.50)"
std::string margin_text(const record::Metric& metric, const RatioTest& margin, const std::string& other) {
  const std::string_view times = metric.better == record::Direction::higher ? "times" : metric.comparative;
  if (!margin.ci95) {
    return fmt::format("{} {} {} (no interval: fewer than 2 repetitions)", ratio_text(margin.ratio), times,
                       other);
  }
  return fmt::format("{} {} {} (95% interval {} to {})", ratio_text(margin.ratio), times, other,
                     ratio_text(margin.ci95->low), ratio_text(margin.ci95->high));
}

void explain_measured(const StudyIndex& index, const record::Metric& metric, MeasuredSize& size) {
  DecisionLine& line = size.line;
  const std::string where =
      fmt::format("at {} parameters ({}), measured: ", parameters_text(size.parameters), line.models.front());
  if (!line.margin) {
    line.why = where + line.winner + " is the only backend with every scenario";
    return;
  }
  const std::string& next = index.backend(size.ranking[1].backend);
  if (line.tied_with.empty()) {
    line.why = where + fmt::format("{} {}, {}", line.winner, metric.superlative,
                                   margin_text(metric, *line.margin, next));
  } else {
    line.why = where + fmt::format("{} and {} tie; {} leads with {}", line.winner, join(line.tied_with),
                                   line.winner, margin_text(metric, *line.margin, next));
  }
}

void decide_measured(const StudyIndex& index, protocol::Mode mode, MeasuredSize& size) {
  DecisionLine& line = size.line;
  line.basis = Basis::measured;
  line.low_parameters = line.high_parameters = size.parameters;
  line.models = {index.model(size.model)};
  const BackendAtSize& winner = size.ranking.front();
  line.winner = index.backend(winner.backend);
  for (std::size_t i = 1; i < size.ranking.size(); ++i) {
    const std::string& name = index.backend(size.ranking[i].backend);
    RatioTest test = index.compare(mode, winner.overall, size.ranking[i].overall);
    if (!test.ci95) {
      test.ratio = record::advantage(index.metric(mode), winner.overall.mean, size.ranking[i].overall.mean);
    }
    if (test.winner != 1) {
      line.tied_with.push_back(name);
    } else if (line.runner_up.empty()) {
      line.runner_up = name;
    }
    if (i == 1) {
      line.margin = test;
    }
  }
  explain_measured(index, index.metric(mode), size);
}

std::string left_out_reason(const StudyIndex& index, protocol::Mode mode, int model, int backend) {
  const auto range = index.cells_of(mode, model, backend);
  const auto& dataset = index.dataset();
  OutcomeCounts counts;
  std::vector<std::string> failed;
  int seen = 0;
  for (std::size_t i = range.first; i < range.first + range.count; ++i) {
    const Cell& cell = dataset.cells[i];
    if (cell.scenario >= dataset.planned_scenarios) {
      continue;
    }
    ++seen;
    for (const RepetitionValues& repetition : cell.repetitions) {
      if (repetition.outcome != Outcome::ok && index.values(i).empty()) {
        count_outcome(counts, repetition.outcome);
      }
    }
    if (index.values(i).empty()) {
      failed.push_back(index.scenario(cell.scenario).name);
    }
  }
  if (const auto* gate = failed_gate(dataset.quality, index.model(model), index.backend(backend))) {
    return "its accuracy gate failed: " + gate->verdict.reason;
  }
  std::vector<std::string> reasons;
  for (const auto& [outcome, count] : counts.by_outcome) {
    reasons.emplace_back(to_string(outcome));
  }
  std::string text;
  if (!failed.empty()) {
    if (reasons.empty()) {
      reasons.push_back(fmt::format("no {}", index.metric(mode).words));
    }
    text = fmt::format("{} in {} of {} scenarios ({})", join(reasons), failed.size(),
                       dataset.planned_scenarios, join(failed));
  }
  if (const int missing = dataset.planned_scenarios - seen; missing > 0) {
    text += fmt::format("{}{} of {} scenarios not run", text.empty() ? "" : "; ", missing,
                        dataset.planned_scenarios);
  }
  return text;
}

std::vector<MeasuredSize> measured_sizes(const StudyIndex& index, protocol::Mode mode,
                                         std::vector<LeftOut>& left_out) {
  std::vector<MeasuredSize> sizes;
  for (int model = 0; model < index.models(); ++model) {
    MeasuredSize size;
    size.model = model;
    size.parameters = static_cast<double>(index.parameters(model));
    for (BackendAtSize& backend : backends_at(index, mode, model)) {
      if (backend.complete && index.may_rank(model, backend.backend)) {
        size.ranking.push_back(std::move(backend));
      }
    }
    for (int backend = 0; backend < index.backends(); ++backend) {
      const bool ranked = std::any_of(size.ranking.begin(), size.ranking.end(),
                                      [&](const BackendAtSize& one) { return one.backend == backend; });
      if (!ranked && index.cells_of(mode, model, backend).count != 0) {
        left_out.push_back(
            {index.backend(backend), index.model(model), left_out_reason(index, mode, model, backend)});
      }
    }
    if (size.ranking.empty()) {
      continue;
    }
    std::stable_sort(size.ranking.begin(), size.ranking.end(),
                     [&](const BackendAtSize& a, const BackendAtSize& b) {
                       return index.better(mode, a.overall.mean, b.overall.mean);
                     });
    decide_measured(index, mode, size);
    sizes.push_back(std::move(size));
  }
  return sizes;
}

std::set<std::string> answer(const DecisionLine& line) {
  std::set<std::string> names(line.tied_with.begin(), line.tied_with.end());
  names.insert(line.winner);
  return names;
}

std::string answer_text(const record::Metric& metric, const DecisionLine& line) {
  return line.tied_with.empty() ? fmt::format("{} {}", line.winner, metric.superlative)
                                : fmt::format("{} and {} tie", line.winner, join(line.tied_with));
}

std::string band_text(const record::Metric& metric, const DecisionLine& line) {
  return fmt::format("from {} to {} parameters, {}: {}", parameters_text(line.low_parameters),
                     parameters_text(line.high_parameters), to_string(line.basis), answer_text(metric, line));
}

DecisionLine line_like(const record::Metric& metric, const DecisionLine& measured, Basis basis, double low,
                       double high) {
  DecisionLine line;
  line.basis = basis;
  line.low_parameters = low;
  line.high_parameters = high;
  line.winner = measured.winner;
  line.tied_with = measured.tied_with;
  line.runner_up = measured.runner_up;
  line.why = band_text(metric, line);
  return line;
}

const StudyIndex::Overall* find_overall(const StudyIndex& index, const MeasuredSize& size,
                                        const std::string& name) {
  for (const BackendAtSize& backend : size.ranking) {
    if (index.backend(backend.backend) == name) {
      return &backend.overall;
    }
  }
  return nullptr;
}

/// Where the leaders of two neighbouring sizes cross, on a straight line between the sizes on log axes.
std::optional<double> crossing_between(const StudyIndex& index, const record::Metric& metric,
                                       const MeasuredSize& low, const MeasuredSize& high) {
  const auto* second_at_low = find_overall(index, low, high.line.winner);
  const auto* first_at_high = find_overall(index, high, low.line.winner);
  if (second_at_low == nullptr || first_at_high == nullptr) {
    return std::nullopt;
  }
  return interpolate_crossing(
      low.parameters, record::advantage(metric, low.ranking.front().overall.mean, second_at_low->mean),
      high.parameters, record::advantage(metric, first_at_high->mean, high.ranking.front().overall.mean));
}

void add_between(const StudyIndex& index, const record::Metric& metric, const MeasuredSize& low,
                 const MeasuredSize& high, std::vector<DecisionLine>& lines) {
  if (answer(low.line) == answer(high.line)) {
    lines.push_back(line_like(metric, low.line, Basis::interpolated, low.parameters, high.parameters));
    return;
  }
  const auto crossing =
      low.line.winner == high.line.winner ? std::nullopt : crossing_between(index, metric, low, high);
  if (low.line.tied_with.empty() && high.line.tied_with.empty() && crossing) {
    lines.push_back(line_like(metric, low.line, Basis::interpolated, low.parameters, *crossing));
    lines.push_back(line_like(metric, high.line, Basis::interpolated, *crossing, high.parameters));
    return;
  }
  // One side is a tie, or a winner was not measured at the other size: between them either may be right.
  DecisionLine line = line_like(metric, low.line, Basis::interpolated, low.parameters, high.parameters);
  auto names = answer(low.line);
  names.merge(answer(high.line));
  names.erase(line.winner);
  line.tied_with.assign(names.begin(), names.end());
  line.runner_up.clear();
  line.why = fmt::format("{}: undecided between {} (at the low end) and {} (at the high end)",
                         fmt::format("from {} to {} parameters, interpolated",
                                     parameters_text(low.parameters), parameters_text(high.parameters)),
                         answer_text(metric, low.line), answer_text(metric, high.line));
  lines.push_back(std::move(line));
}

std::vector<DecisionLine> lines_of(const StudyIndex& index, const record::Metric& metric,
                                   const std::vector<MeasuredSize>& sizes) {
  std::vector<DecisionLine> lines;
  if (sizes.empty()) {
    return lines;
  }
  const MeasuredSize& first = sizes.front();
  const MeasuredSize& last = sizes.back();
  const bool several = first.parameters < last.parameters;  // one size says nothing of others
  if (several) {
    lines.push_back(
        line_like(metric, first.line, Basis::extrapolated, first.parameters / kReach, first.parameters));
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    lines.push_back(sizes[i].line);
    if (i + 1 < sizes.size() && sizes[i].parameters < sizes[i + 1].parameters) {
      add_between(index, metric, sizes[i], sizes[i + 1], lines);
    }
  }
  if (several) {
    lines.push_back(
        line_like(metric, last.line, Basis::extrapolated, last.parameters, last.parameters * kReach));
  }
  return lines;
}

std::vector<DecisionLine> join_bands(const record::Metric& metric, const std::vector<DecisionLine>& lines) {
  std::vector<DecisionLine> bands;
  for (const DecisionLine& line : lines) {
    const bool joins = !bands.empty() && bands.back().basis != Basis::extrapolated &&
                       line.basis != Basis::extrapolated && answer(bands.back()) == answer(line);
    if (!joins) {
      bands.push_back(line);
      continue;
    }
    DecisionLine& band = bands.back();
    band.basis = Basis::interpolated;  // between measured sizes; `models` names those inside
    band.high_parameters = line.high_parameters;
    band.models.insert(band.models.end(), line.models.begin(), line.models.end());
    band.margin.reset();
    band.runner_up = band.runner_up == line.runner_up ? band.runner_up : "";
    band.why = band_text(metric, band);
    if (!band.models.empty()) {
      band.why += fmt::format(" (measured at {})", join(band.models));
    }
  }
  return bands;
}

}  // namespace

std::string_view to_string(Basis basis) {
  switch (basis) {
    case Basis::measured:
      return "measured";
    case Basis::interpolated:
      return "interpolated";
    case Basis::extrapolated:
      return "extrapolated";
  }
  return "extrapolated";
}

std::vector<Decision> decide(const StudyIndex& index) {
  std::vector<Decision> decisions;
  for (const protocol::Mode mode : index.dataset().modes) {
    Decision& decision = decisions.emplace_back();
    decision.mode = mode;
    const auto sizes = measured_sizes(index, mode, decision.left_out);
    decision.metric = &index.metric(mode);
    decision.lines = lines_of(index, *decision.metric, sizes);
    decision.bands = join_bands(*decision.metric, decision.lines);
  }
  return decisions;
}

}  // namespace inferscale::analysis
