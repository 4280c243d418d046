// Every plot of a report, drawn and written.
#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "core/process.hpp"
#include "record/results_files.hpp"
#include "report/crossover_words.hpp"
#include "report/draw.hpp"
#include "report/plot.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// How the names of pictures begin, of this version's reports and of earlier ones.
constexpr std::array<std::string_view, 11> kKinds{"decision-", "slowdown-",  "throughput-", "ratio-",
                                                  "latency-",  "precision-", "roofline-",   "tradeoff-",
                                                  "needs-",    "cost-",      "degradation"};

/// By gnuplot.
struct Painter {
  std::string gnuplot;
  PictureFolder folder;

  /// Nothing for an empty script.
  Result<void> draw(const std::string& script, const std::string& name, Figure figure,
                    std::vector<Figure>& into) const {
    if (script.empty()) {
      return {};
    }
    TRY_ASSIGN(std::string svg, run_gnuplot(gnuplot, script, plain_name(folder.prefix + name), figure.alt));
    return folder.keep(name, std::move(svg), std::move(figure), into);
  }
};

/// Pictures of an earlier report that this one has not: they would show other rows. Only names that reports
/// give.
void remove_stale(const PictureFolder& folder, const Figures& figures) {
  std::set<std::string> drawn;
  const auto keep_all = [&](const std::vector<Figure>& some) {
    for (const Figure& figure : some) {
      drawn.insert(std::filesystem::path(figure.file).filename().string());
    }
  };
  for (const ModeFigures& mode : figures.modes) {
    for (const auto* some : {&mode.maps, &mode.throughput, &mode.ratio, &mode.latency, &mode.tradeoff,
                             &mode.precision, &mode.roofline, &mode.cost}) {
      keep_all(*some);
    }
  }
  for (const auto* some : {&figures.needs, &figures.outcomes, &figures.search}) {
    keep_all(*some);
  }
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry(folder.folder / "plots", ignored), end;
       !ignored && entry != end; entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    const bool ours = std::any_of(kKinds.begin(), kKinds.end(), [&](std::string_view kind) {
      return name.starts_with(plain_name(folder.prefix) + std::string(kind));
    });
    if (ours && entry->path().extension() == ".svg" && !entry->is_symlink() && !drawn.contains(name)) {
      std::filesystem::remove(entry->path(), ignored);
    }
  }
}

Result<void> draw_ratios(const Analysis& analysis, const Painter& painter, ModeFigures& figures) {
  const std::string name(to_string(figures.mode));
  const record::Metric& metric = metric_of(analysis, figures.mode);
  for (const Crossover& crossover : analysis.crossovers) {
    if (crossover.mode != name || crossover.brackets.empty()) {
      continue;  // a pair that never crosses takes a sentence
    }
    const std::string what = fmt::format("{}: {} / {} over parameters; {}", name, crossover.first,
                                         crossover.second, verdict(crossover));
    const std::string how = fmt::format(
        ". Above 1 the first {}; shaded: the measured bracket{}.",
        &metric == &record::kThroughput ? "is faster" : "has the better " + std::string(metric.words),
        drawn_crossing(crossover) ? "; dotted: the fit's crossing" : "");
    TRY(painter.draw(ratio_script(crossover),
                     fmt::format("ratio_{}_{}_{}", name, crossover.first, crossover.second),
                     {{}, {}, what, what + how}, figures.ratio));
  }
  return {};
}

}  // namespace

Result<Figures> draw_figures(const Source& source, const std::filesystem::path& out,
                             const std::string& prefix) {
  TRY(record::refuse_linked_folders(out, "plots"));
  const PictureFolder folder{out, prefix};
  TRY_ASSIGN(Figures figures, draw_pictures(source, folder));
  const auto gnuplot = find_program("gnuplot");
  if (!gnuplot) {
    figures.missing_because =
        "gnuplot is not installed (Debian: gnuplot-nox); install it and run inferscale report again.";
    return figures;
  }
  const Painter painter{*gnuplot, folder};
  const std::string steps = "Sizes in the order of measuring, with the bracket after each";
  TRY(painter.draw(search_script(plotted_search(source.search)), "search", {{}, {}, steps, steps + "."},
                   figures.search));
  for (ModeFigures& mode : figures.modes) {
    TRY(draw_ratios(source.analysis, painter, mode));
  }
  remove_stale(folder, figures);
  return figures;
}

}  // namespace inferscale::report
