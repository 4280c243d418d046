// The decision: at each size the backend to use, and between sizes where that changes.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analysis/quantity.hpp"
#include "analysis/size_answers.hpp"
#include "analysis/study_index.hpp"

namespace inferscale::analysis {
namespace {

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

/// "use A; alike: B; undecided: C", or "A is fastest" where nothing comes near.
std::string answer_text(const record::Metric& metric, const DecisionLine& line) {
  if (line.use == line.winner && line.tied_with.empty()) {
    return fmt::format("{} {}", line.winner, metric.superlative);
  }
  std::string text = "use " + line.use;
  text += line.alike_with.empty() ? "" : "; alike: " + join(line.alike_with);
  return text + (line.undecided_with.empty() ? "" : "; undecided: " + join(line.undecided_with));
}

std::string where_text(const DecisionLine& line) {
  return line.basis == Basis::measured
             ? fmt::format("at {} parameters ({}), measured", parameters_text(line.low_parameters),
                           line.models.front())
             : fmt::format("from {} to {} parameters, {}", parameters_text(line.low_parameters),
                           parameters_text(line.high_parameters), to_string(line.basis));
}

std::string why_text(const record::Metric& metric, const DecisionLine& line) {
  const std::string where = where_text(line) + ": ";
  if (line.basis != Basis::measured) {
    return where + answer_text(metric, line);
  }
  if (!line.margin) {
    return where + line.winner + " is the only backend with every scenario";
  }
  const bool alone = line.use == line.winner && line.tied_with.empty();
  const std::string lead = margin_text(metric, *line.margin, line.margin_over);
  return where + answer_text(metric, line) + (alone ? ", " : "; " + line.winner + " leads with ") + lead;
}

DecisionLine line_of(const SizeAnswers& answers, const Standing& standing) {
  const auto name = [&](const Place& place) { return answers.contenders()[place.contender].backend; };
  DecisionLine line;
  line.basis = standing.basis;
  line.low_parameters = line.high_parameters = standing.parameters;
  const Place& use = standing.places[standing.use];
  line.use = name(use);
  line.winner = name(standing.places.front());
  for (std::size_t i = 1; i < standing.places.size(); ++i) {
    const Place& place = standing.places[i];
    if (place.best_is != Verdict::faster) {
      line.tied_with.push_back(name(place));
    } else if (line.runner_up.empty()) {
      line.runner_up = name(place);
    }
  }
  for (const Place& place : standing.places) {
    if (place.contender != use.contender && place.use_is == Verdict::alike) {
      line.alike_with.push_back(name(place));
    } else if (place.contender != use.contender && place.use_is == Verdict::undecided) {
      line.undecided_with.push_back(name(place));
    }
  }
  return line;
}

DecisionLine measured_line(const SizeAnswers& answers, const record::Metric& metric,
                           const Standing& standing) {
  DecisionLine line = line_of(answers, standing);
  line.models = {standing.model};
  if (standing.places.size() > 1) {
    line.margin = standing.places[1].behind_best;
    line.margin_over = answers.contenders()[standing.places[1].contender].backend;
  }
  for (const Place& place : standing.places) {
    line.ranking.push_back({answers.contenders()[place.contender].backend, std::exp(place.figures.log_value),
                            place.behind_use, opposite(place.use_is)});
  }
  line.why = why_text(metric, line);
  return line;
}

/// What makes two lines one: whoever is named, in each of the ways.
auto answer(const DecisionLine& line) {
  std::set<std::string> near(line.tied_with.begin(), line.tied_with.end());
  near.insert(line.winner);
  return std::make_tuple(line.use, near,
                         std::set<std::string>(line.alike_with.begin(), line.alike_with.end()),
                         std::set<std::string>(line.undecided_with.begin(), line.undecided_with.end()));
}
auto answer_and_winner(const DecisionLine& line) {
  return std::make_pair(line.winner, answer(line));
}

/// Sizes, as logs, at which something may change: where two backends cross. Between these the means keep
/// their order, and intervals change smoothly.
std::vector<double> crossings(const SizeAnswers& answers, double low, double high) {
  std::vector<std::pair<double, double>> ends;  // of each contender, log means close to both ends
  constexpr double kInside = 1e-9;
  const double reach = kInside * (high - low);
  std::map<std::size_t, double> at_low;
  for (const Place& place : answers.at(std::exp(low + reach)).places) {
    at_low[place.contender] = place.figures.good.mean;
  }
  for (const Place& place : answers.at(std::exp(high - reach)).places) {
    if (at_low.contains(place.contender)) {
      ends.emplace_back(at_low[place.contender], place.figures.good.mean);
    }
  }
  std::vector<double> sizes{low + reach, high - reach};
  for (std::size_t i = 0; i < ends.size(); ++i) {
    for (std::size_t j = i + 1; j < ends.size(); ++j) {
      const double before = ends[i].first - ends[j].first;
      const double after = ends[i].second - ends[j].second;
      if (before * after < 0) {
        sizes.push_back(low + (high - low) * before / (before - after));
      }
    }
  }
  std::sort(sizes.begin(), sizes.end());
  return sizes;
}

/// Lines from one measured size to the next; each ends where the answer changes.
class LinesBetween {
 public:
  LinesBetween(const SizeAnswers& answers, const record::Metric& metric, double low, double high)
      : answers_(answers),
        metric_(metric),
        low_parameters_(low),
        high_parameters_(high),
        low_(std::log(low)),
        high_(std::log(high)) {}

  void add_to(std::vector<DecisionLine>& lines) {
    const std::vector<double> sizes = crossings(answers_, low_, high_);
    if (answers_.at(std::exp((low_ + high_) / 2)).empty()) {
      return;
    }
    double begin = low_;
    double size = sizes.front();
    for (std::size_t i = 1; i < sizes.size(); ++i) {
      for (int step = 1; step <= kSteps; ++step) {
        const double next = sizes[i - 1] + (sizes[i] - sizes[i - 1]) * step / kSteps;
        while (answer_and_winner(at(size)) != answer_and_winner(at(next))) {  // several may lie in one step
          const double change = change_between(size, next);
          add(lines, begin, change, at(size));
          begin = size = change;
        }
        size = next;
      }
    }
    add(lines, begin, high_, at(size));
  }

 private:
  static constexpr int kSteps = 16;

  [[nodiscard]] DecisionLine at(double log_size) const {
    const Standing standing = answers_.at(std::exp(log_size));
    return standing.empty() ? DecisionLine{} : line_of(answers_, standing);
  }
  [[nodiscard]] double change_between(double low, double high) const {
    const auto before = answer_and_winner(at(low));
    constexpr int kHalvings = 40;
    for (int i = 0; i < kHalvings; ++i) {
      const double middle = (low + high) / 2;
      (answer_and_winner(at(middle)) == before ? low : high) = middle;
    }
    return high;
  }
  void add(std::vector<DecisionLine>& lines, double low, double high, DecisionLine line) const {
    line.low_parameters = low == low_ ? low_parameters_ : std::exp(low);
    line.high_parameters = high == high_ ? high_parameters_ : std::exp(high);
    line.why = why_text(metric_, line);
    lines.push_back(std::move(line));
  }

  const SizeAnswers& answers_;
  const record::Metric& metric_;
  double low_parameters_, high_parameters_;
  double low_, high_;  ///< their logs
};

std::vector<DecisionLine> measured_lines(const SizeAnswers& answers, const record::Metric& metric) {
  std::vector<DecisionLine> lines;
  for (const SizeAnswers::Measured& measured : answers.measured()) {
    lines.push_back(measured_line(answers, metric, answers.at_model(measured.model)));
  }
  return lines;
}

std::vector<DecisionLine> lines_of(const SizeAnswers& answers, const record::Metric& metric) {
  std::vector<DecisionLine> lines;
  const std::vector<DecisionLine> measured = measured_lines(answers, metric);
  for (std::size_t i = 0; i < measured.size(); ++i) {
    lines.push_back(measured[i]);
    if (i + 1 < measured.size() && !same_size(measured[i].low_parameters, measured[i + 1].low_parameters)) {
      LinesBetween(answers, metric, measured[i].low_parameters, measured[i + 1].low_parameters).add_to(lines);
    }
  }
  return lines;
}

std::vector<DecisionLine> join_bands(const record::Metric& metric, const std::vector<DecisionLine>& lines) {
  std::vector<DecisionLine> bands;
  for (const DecisionLine& line : lines) {
    if (bands.empty() || answer(bands.back()) != answer(line)) {
      bands.push_back(line);
      continue;
    }
    DecisionLine& band = bands.back();
    band.basis = Basis::interpolated;  // between measured sizes; `models` names those inside
    band.high_parameters = line.high_parameters;
    band.models.insert(band.models.end(), line.models.begin(), line.models.end());
    band.margin.reset();
    band.margin_over.clear();
    band.ranking.clear();
    band.runner_up = band.runner_up == line.runner_up ? band.runner_up : "";
    band.why = why_text(metric, band);
    if (!band.models.empty()) {
      band.why += fmt::format(" (measured at {})", join(band.models));
    }
  }
  return bands;
}

std::vector<LeftOut> left_out_of(const StudyIndex& index, protocol::Mode mode, const SizeAnswers& answers) {
  std::vector<LeftOut> left_out;
  for (int model = 0; model < index.models(); ++model) {
    for (int backend = 0; backend < index.backends(); ++backend) {
      const auto& curve = answers.contenders()[static_cast<std::size_t>(backend)].curve;
      const bool ranked = std::any_of(curve.begin(), curve.end(), [&](const CurvePoint& point) {
        return point.model == index.model(model);
      });
      if (!ranked && index.cells_of(mode, model, backend).count != 0) {
        left_out.push_back(
            {index.backend(backend), index.model(model), left_out_reason(index, mode, model, backend)});
      }
    }
  }
  return left_out;
}

SizeAnswers answers_of(const StudyIndex& index, protocol::Mode mode, const std::vector<int>& scenarios,
                       double indifference) {
  return {contenders_of(index, mode, scenarios), indifference};
}

bool without_figures(const StudyIndex& index, protocol::Mode mode) {
  bool any_ok = false;
  const auto& cells = index.dataset().cells;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].mode == mode && !index.values(i).empty()) {
      return false;
    }
    any_ok = any_ok || (cells[i].mode == mode &&
                        std::any_of(cells[i].repetitions.begin(), cells[i].repetitions.end(),
                                    [](const auto& one) { return one.outcome == Outcome::ok; }));
  }
  return any_ok;
}

/// By batch and by scenario: an order that changes with them is hidden in a mean.
void add_parts(const StudyIndex& index, Decision& decision) {
  std::map<int, std::vector<int>> batches;
  const int scenarios = index.dataset().planned_scenarios;
  for (int scenario = 0; scenario < scenarios; ++scenario) {
    batches[index.scenario(scenario).batch].push_back(scenario);
  }
  const auto part = [&](int batch, const std::string& name, const std::vector<int>& of) {
    return PartDecision{
        batch, name,
        measured_lines(answers_of(index, decision.mode, of, decision.indifference), *decision.metric)};
  };
  for (const auto& [batch, of] : batches) {
    if (batches.size() > 1) {
      decision.by_batch.push_back(part(batch, "", of));
    }
  }
  for (int scenario = 0; scenario < scenarios && scenarios > 1; ++scenario) {
    decision.by_scenario.push_back(
        part(index.scenario(scenario).batch, index.scenario(scenario).name, {scenario}));
  }
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

std::vector<Decision> decide(const StudyIndex& index, double indifference) {
  std::vector<Decision> decisions;
  std::vector<int> planned;
  for (int scenario = 0; scenario < index.dataset().planned_scenarios; ++scenario) {
    planned.push_back(scenario);
  }
  for (const protocol::Mode mode : index.dataset().modes) {
    Decision& decision = decisions.emplace_back();
    decision.mode = mode;
    decision.metric = &index.metric(mode);
    decision.without_figures = without_figures(index, mode);
    decision.indifference = indifference;
    const SizeAnswers answers = answers_of(index, mode, planned, indifference);
    decision.left_out = left_out_of(index, mode, answers);
    decision.lines = lines_of(answers, *decision.metric);
    decision.bands = join_bands(*decision.metric, decision.lines);
    add_parts(index, decision);
  }
  return decisions;
}

}  // namespace inferscale::analysis
