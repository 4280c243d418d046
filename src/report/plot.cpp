// Runs gnuplot, and makes its SVG fit for a page that holds several.
#include "report/plot.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "analysis/quantity.hpp"
#include "core/process.hpp"
#include "report/plot_inks.hpp"
#include "report/plot_parts.hpp"

namespace inferscale::report {
namespace {

/// Drops the XML prologue and the fixed size (the page scales it), makes ids unique, and names the picture.
Result<std::string> embeddable(std::string svg, const std::string& name, const std::string& alt) {
  const auto start = svg.find("<svg");
  const auto end = start == std::string::npos ? start : svg.find('>', start);
  const auto box = svg.find("viewBox=", start);
  if (end == std::string::npos || box > end) {
    return fail("gnuplot's picture '{}' is not SVG with a viewBox", name);
  }
  const char quote = svg[box + 8];
  const std::string view = svg.substr(box + 9, svg.find(quote, box + 9) - box - 9);
  std::string body = svg.substr(end + 1);
  if (const auto title = body.find("<title>"); title != std::string::npos) {
    body.erase(title, body.find("</title>", title) + 8 - title);
  }
  for (const char* reference : {"id=\"", "href=\"#", "href='#", "id='", "url(#"}) {
    replace_all(body, reference, reference + name + "-");
  }
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
      "viewBox=\"{0}\" "
      "role=\"img\" class=\"gp\" aria-labelledby=\"{1}-title\"><title id=\"{1}-title\">{2}</title>"
      "<style>{3}</style>{4}",
      view, name, escape_html(alt), ink_style(), with_named_inks(std::move(body)));
}

}  // namespace

std::string gnuplot_string(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    quoted += c == '\'' ? "'" : "";
  }
  return quoted + "'";
}

namespace {

std::string tic_label(double value, bool parameters) {
  if (parameters && value >= 1e3) {
    return value >= 1e9   ? fmt::format("{:.0f} B", value / 1e9)
           : value >= 1e6 ? fmt::format("{:.0f} M", value / 1e6)
                          : fmt::format("{:.0f} k", value / 1e3);
  }
  return value >= 1 ? analysis::separate_thousands(fmt::format("{:.0f}", value)) : fmt::format("{:g}", value);
}

/// Which digits have a label: all that fit without running into one another.
bool has_label(int digit, double low, double high) {
  const double span = high / low;
  return digit == 1 || (span < 8 ? digit <= 7 : span < 300 && (digit == 2 || digit == 5)) ||
         (span >= 300 && span < 1000 && digit == 3);
}

}  // namespace

std::string log_tics(double low, double high, bool parameters) {
  std::string tics;
  for (int power = -9; power <= 15; ++power) {
    for (int digit = 1; digit <= 9; ++digit) {
      const double value = digit * std::pow(10.0, power);
      if (value < low || value > high) {
        continue;
      }
      const bool labelled = has_label(digit, low, high);
      tics += fmt::format("{}'{}' {:g} {}", tics.empty() ? "" : ", ",
                          labelled ? tic_label(value, parameters) : "", value, labelled ? 0 : 1);
    }
  }
  return "(" + tics + ")";
}

std::string series_styles() {
  constexpr std::array kShapes = {7, 5, 9, 13, 11, 6, 4};
  std::string styles;
  for (std::size_t i = 0; i < kShapes.size(); ++i) {
    styles += fmt::format("set style line {} lc rgb '{}' pt {} ps 0.9 lw 2\n", i + 1,
                          ink_for_script(series_inks()[i]), kShapes[i]);
  }
  return styles;
}

std::string plot_terminal(const std::string& script) {
  constexpr int kHeight = 360;
  constexpr int kKeyRow = 18;
  constexpr int kRowsInIt = 3;
  int rows = 0;
  for (auto at = script.find(" title '"); at != std::string::npos; at = script.find(" title '", at + 1)) {
    const bool of_plot = at >= 3 && script.compare(at - 3, 3, "set") == 0;  // "set title", above the key
    rows += of_plot ? 0 : 1;
  }
  return fmt::format("set terminal svg size 460,{} dynamic noenhanced font 'sans-serif,14'\n",
                     kHeight + kKeyRow * std::max(0, rows - kRowsInIt));
}

Result<std::string> run_gnuplot(const std::string& gnuplot, const std::string& script,
                                const std::string& name, const std::string& alt) {
  const std::string head = plot_terminal(script) + "set encoding utf8\n" + series_styles();
  ProcessOptions process;
  process.arguments = {gnuplot, "-d", "-"};
  TRY_ASSIGN(const RunResult result, run_process(process, head + script, std::chrono::seconds(60)));
  if (result.status.signal != 0 || result.status.code != 0) {
    return fail("gnuplot could not draw '{}' ({}): {}", name, describe(result.status), result.errors);
  }
  return embeddable(result.output, name, alt);
}

}  // namespace inferscale::report
