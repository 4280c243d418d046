// Every plot of a report, drawn and written.
#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <set>

#include "core/files.hpp"
#include "core/process.hpp"
#include "report/answer.hpp"
#include "report/crossover_words.hpp"
#include "report/plot.hpp"
#include "report/svg.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// How the names of pictures begin.
constexpr std::array<std::string_view, 7> kKinds{"decision-", "slowdown-",  "throughput-", "ratio-",
                                                 "latency-",  "precision-", "roofline-"};

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
  std::vector<Colour> colours;  ///< of the backends, in the analysis's order

  /// Nothing for an empty script. `with_colours`: its series are the backends.
  Result<void> draw(const std::string& script, std::string name, Figure figure, std::vector<Figure>& into,
                    bool with_colours = false) const {
    if (script.empty()) {
      return {};
    }
    name = plain_name(prefix + name);
    TRY_ASSIGN(figure.svg, run_gnuplot(gnuplot, script, name, figure.alt,
                                       with_colours ? colours : std::vector<Colour>()));
    figure.file = "plots/" + name + ".svg";
    TRY(write_file_atomic(folder / figure.file, figure.svg));
    into.push_back(std::move(figure));
    return {};
  }
};

/// Of a picture that the program drew itself; nothing for an empty one.
Result<void> keep(const Painter& painter, const std::string& name, std::string svg, Figure figure,
                  std::vector<Figure>& into) {
  if (svg.empty()) {
    return {};
  }
  figure.file = "plots/" + plain_name(painter.prefix + name) + ".svg";
  figure.svg = std::move(svg);
  TRY(write_file_atomic(painter.folder / figure.file, figure.svg + "\n"));
  into.push_back(std::move(figure));
  return {};
}

/// The first screen's: they need no gnuplot.
Result<void> draw_own(const Source& source, const Decision& decision, const Painter& painter,
                      ModeFigures& figures) {
  const Analysis& analysis = source.analysis;
  const std::vector<Colour>& colours = painter.colours;
  const std::string name(to_string(decision.mode));
  const std::string found = answer_sentence(decision);
  const std::string map = fmt::format("{}: the backend to use by size and workload. {}", name, found);
  TRY(keep(
      painter, "decision_" + name, decision_map(analysis, decision, colours, map),
      {{},
       {},
       map,
       fmt::format("{}: the backend to use by size and workload, with its lead over the next. Pale: alike "
                   "within {:.0f}%, or undecided.",
                   name, 100 * decision.indifference)},
      figures.maps));
  const std::string slowdown =
      fmt::format("{}: how many times worse than the best of each size, mean over the workloads", name);
  TRY(keep(painter, "slowdown_" + name, slowdown_map(analysis, decision, colours, slowdown + ". " + found),
           {{}, {}, slowdown, slowdown + "."}, figures.maps));
  for (std::size_t i = 0; i < analysis.models.size(); ++i) {
    const std::string& model = analysis.models[i].name;
    const std::string what = fmt::format("{}: latency of {} by workload, every repetition", name, model);
    TRY(keep(
        painter, fmt::format("latency_{}_{}_{}", name, i + 1, model),
        latency_plot(analysis, decision.mode, model, colours, what),
        {{}, {}, what, what + " a dot; the tick is the 99th percentile within repetitions, in the mean."},
        figures.latency));
  }
  const std::string over =
      fmt::format("{}: {}, mean over the workloads, with 95% intervals", name, decision.metric->words);
  return keep(painter, "throughput_" + name, metric_plot(analysis, decision, colours, over + ". " + found),
              {{}, {}, over, over + "."}, figures.throughput);
}

/// Pictures of an earlier report that this one has not: they would show other rows. Only names that reports
/// give.
void remove_stale(const std::filesystem::path& folder, const std::string& prefix, const Figures& figures) {
  std::set<std::string> drawn;
  const auto keep_all = [&](const std::vector<Figure>& some) {
    for (const Figure& figure : some) {
      drawn.insert(std::filesystem::path(figure.file).filename().string());
    }
  };
  for (const ModeFigures& mode : figures.modes) {
    for (const auto* some : {&mode.maps, &mode.throughput, &mode.ratio, &mode.latency, &mode.precision,
                             &mode.roofline, &mode.cost}) {
      keep_all(*some);
    }
  }
  keep_all(figures.outcomes);
  keep_all(figures.search);
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry(folder / "plots", ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    const bool ours = std::any_of(kKinds.begin(), kKinds.end(), [&](std::string_view kind) {
      return name.starts_with(plain_name(prefix) + std::string(kind));
    });
    if (ours && entry->path().extension() == ".svg" && !entry->is_symlink() && !drawn.contains(name)) {
      std::filesystem::remove(entry->path(), ignored);
    }
  }
}

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
                   {{}, {}, precision, precision + "."}, figures.precision, true));
  const std::string price = name + ": price of a million tokens over parameters, with 95% intervals";
  TRY(painter.draw(cost_script(analysis, figures.mode, derived.costs), "cost_" + name,
                   {{}, {}, price, price + "."}, figures.cost, true));
  const std::string share = name + ": share of the machine's limit, over parameters";
  return painter.draw(roofline_script(analysis, figures.mode, derived.shares), "roofline_" + name,
                      {{}, {}, share, share + ": the median scenario, and from the least to the largest."},
                      figures.roofline, true);
}

Result<void> draw_mode(const Analysis& analysis, const Derived& derived, const Painter& painter,
                       ModeFigures& figures) {
  const protocol::Mode mode = figures.mode;
  TRY(draw_derived(analysis, derived, painter, figures));
  const std::string name(to_string(mode));
  const record::Metric& metric = metric_of(analysis, mode);
  for (const Crossover& crossover : analysis.crossovers) {
    if (crossover.mode != name || crossover.brackets.empty()) {
      continue;  // a pair that never crosses takes a sentence
    }
    const std::string what = fmt::format("{}: {} / {} over parameters; {}", name, crossover.first,
                                         crossover.second, verdict(crossover));
    const std::string how = fmt::format(
        ". Above 1 the first {}; shaded: the measured bracket{}.",
        &metric == &record::kThroughput ? "is faster" : "has the better " + std::string(metric.words),
        crossover.fit && crossover.fit->crossover ? "; dotted: the fit's crossing" : "");
    TRY(painter.draw(ratio_script(crossover),
                     fmt::format("ratio_{}_{}_{}", name, crossover.first, crossover.second),
                     {{}, {}, what, what + how}, figures.ratio));
  }
  return {};
}

}  // namespace

Result<Figures> draw_figures(const Source& source, const std::filesystem::path& out,
                             const std::string& prefix) {
  Figures figures;
  const Analysis& analysis = source.analysis;
  const auto gnuplot = find_program("gnuplot");
  const Painter painter{gnuplot.value_or(""), out, prefix, colours_of(analysis.backends, source.environment)};
  for (const Decision& decision : analysis.decisions) {
    ModeFigures& mode = figures.modes.emplace_back();
    mode.mode = decision.mode;
    TRY(draw_own(source, decision, painter, mode));
  }
  if (!gnuplot) {
    figures.missing_because =
        "gnuplot is not installed (Debian: gnuplot-nox); install it and run inferscale report again.";
    return figures;
  }
  const std::string degraded =
      "Share of degraded repetitions by backend and mode, with Wilson's 95% intervals";
  TRY(painter.draw(degradation_script(analysis), "degradation", {{}, {}, degraded, degraded + "."},
                   figures.outcomes));
  const std::string steps = "Sizes in the order of measuring, with the bracket after each";
  TRY(painter.draw(search_script(plotted_search(source.search)), "search", {{}, {}, steps, steps + "."},
                   figures.search));
  const Derived derived{
      compare_precisions(analysis, builds_of(source), source.plan, source.environment),
      roofline_shares(source.plan, source.environment, analysis, record::uses_of(source.manifest).models),
      serving_costs(analysis, builds_of(source), source.plan, source.prices, source.machine)};
  for (ModeFigures& mode : figures.modes) {
    TRY(draw_mode(analysis, derived, painter, mode));
  }
  remove_stale(out, prefix, figures);
  return figures;
}

}  // namespace inferscale::report
