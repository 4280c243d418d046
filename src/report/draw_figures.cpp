// Every plot of a report, drawn and written.
#include <cctype>

#include "core/files.hpp"
#include "core/process.hpp"
#include "report/crossover_words.hpp"
#include "report/plot.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// Letters, digits and dashes of a name, so that it is a file's name and an id everywhere.
std::string plain_name(std::string name) {
  for (char& c : name) {
    c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '-';
  }
  return name;
}

struct Painter {
  std::string gnuplot;
  std::filesystem::path folder;
  std::string prefix;

  /// Nothing for an empty script.
  Result<void> draw(const std::string& script, std::string name, Figure figure,
                    std::vector<Figure>& into) const {
    if (script.empty()) {
      return {};
    }
    name = plain_name(prefix + name);
    TRY_ASSIGN(figure.svg, run_gnuplot(gnuplot, script, name, figure.alt));
    figure.file = "plots/" + name + ".svg";
    TRY(write_file_atomic(folder / figure.file, figure.svg));
    into.push_back(std::move(figure));
    return {};
  }
};

/// What the plots of every mode are made from, besides the analysis.
struct Derived {
  std::vector<PrecisionComparison> precisions;
  std::vector<RooflineShare> shares;
  std::vector<ServingCost> costs;
};

Result<void> draw_derived(const Analysis& analysis, const Derived& derived, const Painter& painter,
                          ModeFigures& figures) {
  const std::string name(to_string(figures.mode));
  const std::string precision =
      name + ": throughput over that of the same runtime in fp32, over parameters, with 95% intervals";
  TRY(painter.draw(precision_script(analysis, figures.mode, derived.precisions), "precision_" + name,
                   {{}, {}, precision, precision + "."}, figures.precision));
  const std::string price = name + ": price of a million tokens over parameters, with 95% intervals";
  TRY(painter.draw(cost_script(analysis, figures.mode, derived.costs), "cost_" + name,
                   {{}, {}, price, price + "."}, figures.cost));
  const std::string share = name + ": share of the machine's limit, over parameters";
  return painter.draw(roofline_script(analysis, figures.mode, derived.shares), "roofline_" + name,
                      {{}, {}, share, share + ": the median scenario, and from the least to the largest."},
                      figures.roofline);
}

Result<ModeFigures> draw_mode(const Analysis& analysis, protocol::Mode mode, const Derived& derived,
                              const Painter& painter) {
  ModeFigures figures;
  figures.mode = mode;
  TRY(draw_derived(analysis, derived, painter, figures));
  const std::string name(to_string(mode));
  const record::Metric& metric = metric_of(analysis, mode);
  const std::string throughput =
      fmt::format("{}: {} over parameters, mean over the scenarios, with 95% intervals", name, metric.words);
  TRY(painter.draw(throughput_script(analysis, mode), "throughput_" + name,
                   {{}, {}, throughput, throughput + "."}, figures.throughput));
  for (const Crossover& crossover : analysis.crossovers) {
    if (crossover.mode != name || crossover.points.size() < 2) {
      continue;  // one size has nothing to show over sizes
    }
    const std::string what = fmt::format("{}: {} / {} over parameters; {}", name, crossover.first,
                                         crossover.second, verdict(crossover));
    const std::string how = fmt::format(
        ". Above 1 the first {}; shaded: the measured bracket; dotted: the fit's crossing.",
        &metric == &record::kThroughput ? "is faster" : "has the better " + std::string(metric.words));
    TRY(painter.draw(
        ratio_script(crossover), fmt::format("ratio_{}_{}_{}", name, crossover.first, crossover.second),
        {{}, {}, what, what + how}, crossover.brackets.empty() ? figures.no_change : figures.ratio));
  }
  for (std::size_t i = 0; i < analysis.models.size(); ++i) {
    const std::string& model = analysis.models[i].name;
    const std::string what = fmt::format("{}: latency by scenario of {}, with 95% intervals", name, model);
    TRY(painter.draw(latency_script(analysis, mode, model),
                     fmt::format("latency_{}_{}_{}", name, i + 1, model), {{}, {}, what, what + "."},
                     figures.latency));
  }
  return figures;
}

}  // namespace

Result<Figures> draw_figures(const Source& source, const std::filesystem::path& out,
                             const std::string& prefix) {
  Figures figures;
  const auto gnuplot = find_program("gnuplot");
  if (!gnuplot) {
    figures.missing_because =
        "gnuplot is not installed (Debian: gnuplot-nox); install it and run inferscale report again.";
    return figures;
  }
  const Analysis& analysis = source.analysis;
  const Painter painter{*gnuplot, out, prefix};
  const std::string degraded =
      "Share of degraded repetitions by backend and mode, with Wilson's 95% intervals";
  TRY(painter.draw(degradation_script(analysis), "degradation", {{}, {}, degraded, degraded + "."},
                   figures.outcomes));
  const std::string steps = "Sizes in the order of measuring, with the bracket after each";
  TRY(painter.draw(search_script(plotted_search(source.search)), "search", {{}, {}, steps, steps + "."},
                   figures.search));
  const Derived derived{
      compare_precisions(analysis, artifact_facts(source.manifest), source.plan, source.environment),
      roofline_shares(source.plan, source.environment, analysis, record::uses_of(source.manifest).models),
      serving_costs(analysis, artifact_facts(source.manifest), source.plan, source.prices, source.machine)};
  for (const protocol::Mode mode : analysis.modes) {
    TRY_ASSIGN(ModeFigures drawn, draw_mode(analysis, mode, derived, painter));
    figures.modes.push_back(std::move(drawn));
  }
  return figures;
}

}  // namespace inferscale::report
