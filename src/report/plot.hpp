#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "report/sections.hpp"

namespace inferscale::report {

/// Draws every picture of the report that there are data for, and writes them under out/plots, each name
/// after `prefix` (which also tells the ids of several machines' plots apart on one page). Without gnuplot
/// those that it draws, ratios and searches, are missing, and Figures::missing_because says why; a plot that
/// gnuplot refuses is an error.
Result<Figures> draw_figures(const Source& source, const std::filesystem::path& out,
                             const std::string& prefix);

/// The `set terminal` line for a script: higher where its key has many rows, so that the plot itself keeps
/// its height.
std::string plot_terminal(const std::string& script);

/// A gnuplot script to SVG text. `name` makes the ids in it unique on the page that holds several plots;
/// `alt` becomes its <title>.
Result<std::string> run_gnuplot(const std::string& gnuplot, const std::string& script,
                                const std::string& name, const std::string& alt);

// Scripts: everything after `set terminal`; empty when there is nothing to draw.
std::string ratio_script(const analysis::Crossover& crossover);
/// Where the fit crosses, if the picture shows that.
std::optional<double> drawn_crossing(const analysis::Crossover& crossover);

/// A size of a search for a crossover, in the order of measuring.
struct PlottedSearchStep {
  double parameters = 0;
  std::string winner;                         ///< a series: "a is faster", "alike", "not measured"
  std::optional<analysis::Interval> bracket;  ///< in parameters, after it
};
/// Of processed/crossover_search.json.
std::vector<PlottedSearchStep> plotted_search(const Json& search);
/// Each size that was measured, and the bracket after it; empty with fewer than 2.
std::string search_script(const std::vector<PlottedSearchStep>& steps);

/// A string of gnuplot's that is taken as it is: no substitution of commands, no markup.
std::string gnuplot_string(std::string_view text);
/// Tics of a logarithmic axis: "('1 M' 1e+06 0, '' 2e+06 1, ...)": one a digit, with a label (0) at powers of
/// ten and, on short axes, between them; minor and bare (1) otherwise.
std::string log_tics(double low, double high, bool parameters);
/// "set style line" for series 1, 2, ...: colours that colour-blind readers can tell apart (Okabe and Ito,
/// 2008), each with its own point shape.
std::string series_styles();

}  // namespace inferscale::report
