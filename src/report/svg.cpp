#include "report/svg.hpp"

#include <algorithm>

#include "report/document.hpp"
#include "report/pictures.hpp"

namespace inferscale::report {
namespace {

std::string_view anchor_name(Anchor anchor) {
  return anchor == Anchor::start ? "start" : anchor == Anchor::middle ? "middle" : "end";
}

std::string style(const std::vector<Colour>& colours) {
  std::string light, dark, classes;
  for (const Colour& colour : colours) {
    light += fmt::format("--{0}:{1};", colour.name, colour.light);
    dark += fmt::format("--{0}:{1};", colour.name, colour.dark);
    classes += fmt::format(".{0}{{--c:var(--{0})}}", colour.name);
  }
  return std::string(
             ".is{--i:#1b1f24;--s:#59636e;--g:#d5dae0;font:13px system-ui,-apple-system,'Segoe UI',Roboto,"
             "'DejaVu Sans',sans-serif}") +
         ":root{" + light + "}" + classes +
         "@media screen and (prefers-color-scheme:dark){.is{--i:#e4e7ea;--s:#a3adb7;--g:#3a424a}:root{" +
         dark +
         "}}.is text{fill:var(--i)}.is .soft{fill:var(--s)}.is .name{fill:var(--c)}.is "
         ".b{font-weight:600}.is "
         ".small{font-size:11px}.is .halo{paint-order:stroke;stroke:var(--paper,#fff);stroke-width:4px}.is "
         ".cell{fill:var(--c);stroke:var(--c)}.is .heat{fill:var(--s)}.is "
         ".grid{stroke:var(--g)}.is .axis{stroke:var(--s)}.is .roof{stroke:var(--i);stroke-width:1.5}.is "
         ".series{fill:none;stroke:var(--c);stroke-width:2}.is .thin{stroke-width:1}"
         ".is .leader{stroke:var(--c);stroke-opacity:.4;stroke-dasharray:2 3}"
         "@supports (fill:color-mix(in srgb,red,blue)){.is .name{fill:color-mix(in srgb,var(--c) "
         "72%,var(--i))}}"
         ".is .bar{stroke:var(--c)}.is .dot{fill:var(--c)}.is "
         ".ring{fill:none;stroke:var(--c);stroke-width:2}";
}

}  // namespace

std::string cut_to(const std::string& name, double width) {
  constexpr double kLetter = 6.4;
  const auto fits = static_cast<std::size_t>(std::max(3.0, width / kLetter));
  return name.size() <= fits ? name : name.substr(0, fits - 1) + "…";
}

void Svg::rect(double x, double y, double width, double height, std::string_view classes, double opacity,
               std::string_view title) {
  body_ += fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"3\" class=\"{}\" "
      "fill-opacity=\"{:.2f}\"><title>{}</title></rect>\n",
      x, y, width, height, classes, opacity, escape_html(title));
}

void Svg::text(double x, double y, Anchor anchor, std::string_view classes, std::string_view words) {
  body_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y,
                       anchor_name(anchor), classes.empty() ? "" : fmt::format(" class=\"{}\"", classes),
                       escape_html(words));
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view classes) {
  body_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1,
                       y1, x2, y2, classes);
}

void Svg::polyline(const std::vector<std::pair<double, double>>& points, std::string_view classes) {
  std::string list;
  for (const auto& [x, y] : points) {
    list += fmt::format("{}{:.1f},{:.1f}", list.empty() ? "" : " ", x, y);
  }
  body_ += fmt::format("<polyline points=\"{}\" class=\"{}\"/>\n", list, classes);
}

void Svg::dot(double x, double y, double radius, std::string_view classes, std::string_view title) {
  body_ += fmt::format(
      "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" class=\"{}\"><title>{}</title></circle>\n", x, y,
      radius, classes, escape_html(title));
}

void Svg::begin_group(std::string_view classes) {
  body_ += fmt::format("<g class=\"{}\">\n", classes);
}
void Svg::begin_workload(std::string_view name) {
  body_ += name.empty() ? "<g>\n" : fmt::format("<g data-workload=\"{}\">\n", escape_html(name));
}
void Svg::end_group() {
  body_ += "</g>\n";
}

std::string Svg::str(const std::vector<Colour>& colours, std::string_view alt) const {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "role=\"img\" class=\"is\">\n<title>{2}"
      "</title>\n<style>{3}</style>\n{4}</svg>",
      width_, height_, escape_html(alt), style(colours), body_);
}

}  // namespace inferscale::report
