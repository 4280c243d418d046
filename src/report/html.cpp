// The document as one page of HTML.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "core/sha256.hpp"
#include "report/document.hpp"
#include "report/html_script.hpp"
#include "report/html_style.hpp"

namespace inferscale::report {
namespace {

std::string render_html(const Text& text) {
  std::string html;
  for (const Span& span : text.spans()) {
    switch (span.style) {
      case Span::Style::plain:
        html += escape_html(span.text);
        break;
      case Span::Style::strong:
        html += "<strong>" + escape_html(span.text) + "</strong>";
        break;
      case Span::Style::code:
        html += "<code>" + escape_html(span.text) + "</code>";
        break;
    }
  }
  return html;
}

/// "What is left out, and why" -> "what-is-left-out-and-why"
std::string anchor_of(std::string_view title) {
  std::string anchor;
  for (const char c : title) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!anchor.empty() && anchor.back() != '-') {
      anchor += '-';
    }
  }
  return anchor;
}

constexpr std::size_t kWide = 7;  // columns; more are set smaller on paper

/// Those of all machines of the page, each series and workload once.
Controls controls_in(const Blocks& blocks) {
  Controls all;
  for (const Block& block : blocks) {
    const auto* controls = std::get_if<Controls>(&block);
    if (controls == nullptr) {
      continue;
    }
    for (const Controls::Series& series : controls->series) {
      if (std::none_of(all.series.begin(), all.series.end(),
                       [&](const auto& one) { return one.colour == series.colour; })) {
        all.series.push_back(series);
      }
    }
    for (const std::string& workload : controls->workloads) {
      if (std::find(all.workloads.begin(), all.workloads.end(), workload) == all.workloads.end()) {
        all.workloads.push_back(workload);
      }
    }
  }
  return all;
}

/// Hidden until the script runs: without it they would do nothing.
std::string render_controls(const Controls& controls) {
  if (controls.series.size() < 2 && controls.workloads.size() < 2) {
    return {};
  }
  std::string html =
      "<div class=\"tools\" role=\"group\" aria-label=\"What pictures and tables show\" hidden>\n";
  for (const Controls::Series& series : controls.series) {
    html += fmt::format(
        "<button type=\"button\" class=\"{0}\" data-series=\"{0}\" aria-pressed=\"true\">{1}"
        "</button>\n",
        series.colour, escape_html(series.name));
  }
  if (controls.workloads.size() > 1) {
    html += "<label>Workload <select>\n<option value=\"\">all</option>\n";
    for (const std::string& workload : controls.workloads) {
      html += fmt::format("<option>{}</option>\n", escape_html(workload));
    }
    html += "</select></label>\n";
  }
  return html + "</div>\n";
}

class HtmlWriter {
 public:
  explicit HtmlWriter(const Document& document) : controls_(render_controls(controls_in(document.blocks))) {}
  void write(const Blocks& blocks) {
    for (const Block& block : blocks) {
      std::visit([this](const auto& one) { write(one); }, block);
    }
  }
  [[nodiscard]] std::string take() {
    close_section();
    return std::move(html_);
  }

 private:
  void close_section() {
    html_ += in_section_ ? "</section>\n" : "";
    in_section_ = false;
  }
  void write(const Heading& heading) {
    if (heading.level == 2) {
      close_section();
      html_ += fmt::format("<section id=\"{}\">\n", anchor_of(heading.text));
      in_section_ = true;
    }
    html_ += fmt::format("<h{0}>{1}</h{0}>\n", heading.level, escape_html(heading.text));
    level_ = heading.level;
  }
  void write(const Paragraph& paragraph) {
    html_ +=
        fmt::format("<p{}>{}</p>\n", paragraph.note ? " class=\"note\"" : "", render_html(paragraph.text));
  }
  void write(const Answer& answer) {
    html_ += "<div class=\"answer\">\n<p>" + render_html(answer.lead) + "</p>\n<ul>\n";
    for (const Text& sentence : answer.sentences) {
      html_ += "<li>" + render_html(sentence) + "</li>\n";
    }
    html_ += "</ul>\n</div>\n";
  }
  void write(const List& list) {
    html_ += "<ul>\n";
    for (const Text& item : list.items) {
      html_ += "<li>" + render_html(item) + "</li>\n";
    }
    html_ += "</ul>\n";
  }
  void write(const Table& table) {
    // The caption stands outside what scrolls, so that it wraps on a narrow screen. What scrolls
    // needs a name and must take the focus, or a keyboard could not reach what is beyond its edge. Which
    // frames scroll, the screen decides: the script takes the focus from the others.
    const std::string name = fmt::format("table-{}", ++tables_);
    html_ += "<figure class=\"table\">\n";
    html_ += fmt::format("<figcaption id=\"{}\">{}</figcaption>\n", name, escape_html(table.caption));
    html_ += fmt::format(
        "<div class=\"scroll\" role=\"group\" aria-labelledby=\"{0}\" tabindex=\"0\">\n"
        "<table aria-labelledby=\"{0}\"{1}>\n<thead><tr>",
        name, table.columns.size() > kWide ? " class=\"wide\"" : "");
    for (const Column& column : table.columns) {
      html_ += fmt::format(
          "<th scope=\"col\"{}{}>{}</th>", column.numeric ? " class=\"number\"" : "",
          column.workload.empty() ? "" : fmt::format(" data-workload=\"{}\"", escape_html(column.workload)),
          escape_html(column.title));
    }
    html_ += "</tr></thead>\n<tbody>\n";
    for (const auto& row : table.rows) {
      write_row(table, row);
    }
    html_ += "</tbody>\n</table>\n</div>\n</figure>\n";
  }
  /// What a cell is, for the style: a number, or words so few that wide screens keep them on one line (names
  /// would break at their hyphens).
  static const char* kind_of(const Column& column, const Text& cell) {
    constexpr std::size_t kFew = 40;
    return column.numeric ? " class=\"number\"" : (cell.words().size() <= kFew ? " class=\"short\"" : "");
  }
  void write_row(const Table& table, const std::vector<Text>& row) {
    html_ += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const char* kind = kind_of(table.columns[i], row[i]);
      html_ += i == 0 ? fmt::format("<th scope=\"row\"{}>{}</th>", kind, render_html(row[i]))
                      : fmt::format("<td{}>{}</td>", kind, render_html(row[i]));
    }
    html_ += "</tr>\n";
  }
  void write(const Gallery& gallery) {
    using Layout = Gallery::Layout;
    const bool wide = gallery.layout == Layout::wide;
    html_ += fmt::format("<div class=\"gallery{}\">\n", wide                              ? " wide-plots"
                                                        : gallery.layout == Layout::small ? " small-plots"
                                                                                          : "");
    for (const Figure& figure : gallery.figures) {
      html_ += fmt::format("<figure class=\"plot{}\">\n", wide ? " own" : "") + figure.svg +
               "\n<figcaption>" + escape_html(figure.caption) + "</figcaption>\n</figure>\n";
    }
    html_ += "</div>\n";
  }
  void write(const Controls& /*all of them*/) { html_ += std::exchange(controls_, {}); }
  void write(const std::shared_ptr<Details>& folded) {
    // A heading, or who goes from heading to heading would not find what is folded.
    const int around = std::exchange(level_, std::min(level_ + 1, kDeepest));
    html_ +=
        fmt::format("<details>\n<summary><h{0}>{1}</h{0}></summary>\n", level_, escape_html(folded->summary));
    write(folded->blocks);
    html_ += "</details>\n";
    level_ = around;
  }

  std::string html_, controls_;
  static constexpr int kDeepest = 6;  // of HTML's headings
  bool in_section_ = false;
  int tables_ = 0, level_ = 1;  // the title's
};

std::string contents(const Blocks& blocks) {
  std::string html = "<nav aria-label=\"Contents\">\n";
  for (const Block& block : blocks) {
    const auto* heading = std::get_if<Heading>(&block);
    if (heading != nullptr && heading->level == 2) {
      html += fmt::format("<a href=\"#{}\">{}</a>\n", anchor_of(heading->text), escape_html(heading->text));
    }
  }
  return html + "</nav>\n";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? ' ' : c;
    }
  }
  return escaped;
}

std::string to_html(const Document& document) {
  HtmlWriter writer(document);
  writer.write(document.blocks);
  // The policy forbids every request, and every script but ours, whatever a name or an error text may hold.
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; script-src 'sha256-{4}'\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<title>{0}</title>\n<style>\n{1}</style>\n</head>\n<body id=\"top\">\n"
      "<a class=\"skip\" href=\"#report\">Skip to the report</a>\n"
      "<main>\n<h1>{0}</h1>\n{2}<div id=\"report\">\n{3}</div>\n"
      "<p class=\"back\"><a href=\"#top\">Back to the top</a></p>\n</main>\n"
      "<script>{5}</script>\n</body>\n</html>\n",
      escape_html(document.title), kHtmlStyle, contents(document.blocks), writer.take(),
      sha256_base64(kHtmlScript), kHtmlScript);
}

}  // namespace inferscale::report
