// The colours of gnuplot's pictures, in light and dark.
#include "report/plot_inks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/plot_parts.hpp"

namespace inferscale::report {
namespace {

/// A colour in the ways in which gnuplot's SVG writes it.
std::vector<std::string> spellings(const std::string& hex) {
  const auto part = [&](std::size_t at) { return std::stoi(hex.substr(at, 2), nullptr, 16); };
  const int red = part(1), green = part(3), blue = part(5);
  return {hex, fmt::format("#{:02X}{:02X}{:02X}", red, green, blue),
          fmt::format("rgb({:3}, {:3}, {:3})", red, green, blue),
          fmt::format("rgb({},{},{})", red, green, blue)};
}

}  // namespace

const std::vector<Colour>& plot_inks() {
  // Blue to pink are those of Okabe and Ito (2008), which colour-blind readers can tell apart, a shade darker
  // or brighter where they would have less than 3:1 to the page.
  static const std::vector<Colour> inks = {
      {"gp-ink", "#000000", "#e4e7ea"},      {"gp-grid", "#dddddd", "#3a424a"},
      {"gp-soft", "#555555", "#a3adb7"},     {"gp-bracket", "#fff2cc", "#3d3413"},
      {"gp-crossing", "#a04000", "#f5a873"}, {"gp-blue", "#0072b2", "#58b4ec"},
      {"gp-red", "#d55e00", "#f08548"},      {"gp-green", "#008f68", "#2fc498"},
      {"gp-pink", "#c0659a", "#df9cc3"},     {"gp-sky", "#2f8cc4", "#8fd0f5"},
      {"gp-gold", "#a87400", "#edb53a"}};
  return inks;
}

const std::vector<std::string>& series_inks() {
  static const std::vector<std::string> names = {"gp-blue", "gp-red",  "gp-green", "gp-pink",
                                                 "gp-sky",  "gp-gold", "gp-ink"};
  return names;
}

std::string ink_for_script(const std::string& name) {
  const auto& inks = plot_inks();
  const auto found =
      std::find_if(inks.begin(), inks.end(), [&](const Colour& ink) { return ink.name == name; });
  return found == inks.end() ? "#000000" : found->light;
}

std::string with_named_inks(std::string svg) {
  for (const char quote : {'"', '\''}) {  // the one colour that gnuplot calls by a name
    for (const char* attribute : {"fill", "stroke", "color"}) {
      replace_all(svg, fmt::format("{0}={1}black{1}", attribute, quote),
                  fmt::format("{0}={1}var(--gp-ink){1}", attribute, quote));
    }
  }
  for (const Colour& ink : plot_inks()) {
    for (const std::string& spelling : spellings(ink.light)) {
      replace_all(svg, spelling, fmt::format("var(--{})", ink.name));
    }
  }
  return svg;
}

std::string ink_style() {
  std::string light, dark;
  for (const Colour& ink : plot_inks()) {
    light += fmt::format("--{}:{};", ink.name, ink.light);
    dark += fmt::format("--{}:{};", ink.name, ink.dark);
  }
  return ".gp{" + light + "}@media screen and (prefers-color-scheme:dark){.gp{" + dark + "}}";
}

}  // namespace inferscale::report
