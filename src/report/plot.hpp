#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/precision_cost.hpp"
#include "analysis/roofline.hpp"
#include "analysis/serving_cost.hpp"
#include "core/error.hpp"
#include "report/sections.hpp"
#include "report/svg.hpp"

namespace inferscale::report {

/// Draws every plot of the report that there are data for, and writes them under out/plots, each name after
/// `prefix` (which also tells the ids of several machines' plots apart on one page). Without gnuplot there
/// are none, and Figures::missing_because says why; a plot that gnuplot refuses is an error.
Result<Figures> draw_figures(const Source& source, const std::filesystem::path& out,
                             const std::string& prefix);

/// The `set terminal` line for a script: higher where its key has many rows, so that the plot itself keeps
/// its height.
std::string plot_terminal(const std::string& script);

/// A gnuplot script to SVG text. `name` makes the ids in it unique on the page that holds several plots;
/// `alt` becomes its <title>.
/// Series 1, 2, ... have `colours`, as many as there are; dark screens get their dark values where the page
/// has them.
Result<std::string> run_gnuplot(const std::string& gnuplot, const std::string& script,
                                const std::string& name, const std::string& alt,
                                const std::vector<Colour>& colours = {});

// Scripts: everything after `set terminal`; empty when there is nothing to draw.
std::string ratio_script(const analysis::Crossover& crossover);

/// Share of degraded repetitions by backend and mode, with Wilson's intervals; empty when none is degraded.
std::string degradation_script(const analysis::Analysis& analysis);
/// Ratio to the same runtime's fp32 over parameters.
std::string precision_script(const analysis::Analysis& analysis, protocol::Mode mode,
                             const std::vector<analysis::PrecisionComparison>& comparisons);
/// The price of a million tokens over parameters; empty where no prices were given.
std::string cost_script(const analysis::Analysis& analysis, protocol::Mode mode,
                        const std::vector<analysis::ServingCost>& costs);
/// Median share of the machine's limit over parameters; the bars reach from the least to the largest
/// scenario.
std::string roofline_script(const analysis::Analysis& analysis, protocol::Mode mode,
                            const std::vector<analysis::RooflineShare>& shares);

/// A size of a search for a crossover, in the order of measuring.
struct PlottedSearchStep {
  double parameters = 0;
  std::string winner;                         ///< a series: "a is faster", "tie", "not measured"
  std::optional<analysis::Interval> bracket;  ///< in parameters, after it
};
/// Of processed/crossover_search.json.
std::vector<PlottedSearchStep> plotted_search(const Json& search);
/// Each size that was measured, and the bracket after it; empty with fewer than 2.
std::string search_script(const std::vector<PlottedSearchStep>& steps);

/// A string of gnuplot's that is taken as it is: no substitution of commands, no markup.
std::string gnuplot_string(std::string_view text);
/// The same as the label of a tic, which gnuplot takes as a format for numbers: "%" is written twice.
std::string gnuplot_tic(std::string_view text);
/// Tics of a logarithmic axis: "('1 M' 1e+06 0, '' 2e+06 1, ...)": one a digit, with a label (0) at powers of
/// ten and, on short axes, between them; minor and bare (1) otherwise.
std::string log_tics(double low, double high, bool parameters);
/// "set style line" for series 1, 2, ...: `colours`, and for the rest colours that colour-blind readers can
/// tell apart (Okabe and Ito, 2008), each with its own point shape.
std::string series_styles(const std::vector<Colour>& colours = {});

}  // namespace inferscale::report
