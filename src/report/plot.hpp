#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "report/sections.hpp"

namespace inferscale::report {

/// Draws every plot of the report and writes them under results_dir/plots. Without gnuplot there are none,
/// and Figures::missing_because says why; a plot that gnuplot refuses is an error.
Result<Figures> draw_figures(const Analysis& analysis, const std::filesystem::path& results_dir);

/// A gnuplot script to SVG text. `name` makes the ids in it unique on the page that holds several plots;
/// `alt` becomes its <title>.
Result<std::string> run_gnuplot(const std::string& gnuplot, const std::string& script,
                                const std::string& name, const std::string& alt);

// Scripts: everything after `set terminal`; empty when there is nothing to draw.
std::string throughput_script(const Analysis& analysis, Mode mode);
std::string ratio_script(const Crossover& crossover);
std::string latency_script(const Analysis& analysis, Mode mode, const std::string& model);

/// A string of gnuplot's that is taken as it is: no substitution of commands, no markup.
std::string gnuplot_string(std::string_view text);
/// Tics of a logarithmic axis: "('1 M' 1e+06 0, '' 2e+06 1, ...)": one a digit, with a label (0) at powers of
/// ten and, on short axes, between them; minor and bare (1) otherwise.
std::string log_tics(double low, double high, bool parameters);
/// "set style line" for series 1, 2, ...: colours that colour-blind readers can tell apart (Okabe and Ito,
/// 2008), each with its own point shape.
std::string series_styles();

}  // namespace inferscale::report
