// The document as Markdown (CommonMark with GitHub's tables).
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "report/document.hpp"

namespace inferscale::report {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

/// An underscore inside a word starts no emphasis, and names read better without a backslash.
bool inside_word(std::string_view text, std::size_t at) {
  return at > 0 && at + 1 < text.size() && is_word(text[at - 1]) && is_word(text[at + 1]);
}

std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return line;
}

/// A code span whose fence is longer than any run of backticks inside. A pipe would end a table's cell even
/// here.
std::string code_span(std::string_view text) {
  const std::string line = one_line(text);
  std::size_t longest = 0;
  std::size_t run = 0;
  std::string content;
  for (const char c : line) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
    content += c == '|' ? "\\|" : std::string(1, c);
  }
  const std::string fence(longest + 1, '`');
  const char* space = longest > 0 ? " " : "";
  return content.empty() ? content : fence + space + content + space + fence;
}

std::string render_markdown(const Text& text) {
  std::string markdown;
  for (const Span& span : text.spans()) {
    switch (span.style) {
      case Span::Style::plain:
        markdown += escape_markdown(span.text);
        break;
      case Span::Style::strong:
        markdown += "**" + escape_markdown(span.text) + "**";
        break;
      case Span::Style::code:
        markdown += code_span(span.text);
        break;
    }
  }
  return markdown;
}

/// Characters on screen: bytes of UTF-8 that do not continue a character.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string pad(const std::string& text, std::size_t to, bool right) {
  const std::string space(to - std::min(to, width(text)), ' ');
  return right ? space + text : text + space;
}

class MarkdownWriter {
 public:
  void write(const Blocks& blocks) {
    for (const Block& block : blocks) {
      std::visit([this](const auto& one) { write(one); }, block);
    }
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void write(const Heading& heading) {
    text_ += std::string(static_cast<std::size_t>(heading.level), '#') + " " + escape_markdown(heading.text) +
             "\n\n";
  }
  void write(const Paragraph& paragraph) { text_ += render_markdown(paragraph.text) + "\n\n"; }
  void write(const Answer& answer) {
    text_ += "> " + render_markdown(answer.lead) + "\n>\n";
    for (const Text& sentence : answer.sentences) {
      text_ += "> - " + render_markdown(sentence) + "\n";
    }
    text_ += "\n";
  }
  void write(const List& list) {
    for (const Text& item : list.items) {
      text_ += "- " + render_markdown(item) + "\n";
    }
    text_ += "\n";
  }
  void write(const Table& table) {
    std::vector<std::vector<std::string>> cells(1);
    std::vector<std::size_t> widths;
    for (const Column& column : table.columns) {
      cells[0].push_back(escape_markdown(column.title));
      widths.push_back(std::max<std::size_t>(3, width(cells[0].back())));
    }
    for (const auto& row : table.rows) {
      auto& line = cells.emplace_back();
      for (std::size_t i = 0; i < row.size(); ++i) {
        line.push_back(render_markdown(row[i]));
        widths[i] = std::max(widths[i], width(line.back()));
      }
    }
    if (!table.caption.empty()) {
      text_ += "**" + escape_markdown(table.caption) + "**\n\n";
    }
    for (std::size_t line = 0; line < cells.size(); ++line) {
      write_row(table, cells[line], widths);
      if (line == 0) {
        write_rule(table, widths);
      }
    }
    text_ += "\n";
  }
  void write_row(const Table& table, const std::vector<std::string>& cells,
                 const std::vector<std::size_t>& widths) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text_ += "| " + pad(cells[i], widths[i], table.columns[i].numeric) + " ";
    }
    text_ += "|\n";
  }
  void write_rule(const Table& table, const std::vector<std::size_t>& widths) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      text_ += "| " + std::string(widths[i] - 1, '-') + (table.columns[i].numeric ? ":" : "-") + " ";
    }
    text_ += "|\n";
  }
  void write(const Gallery& gallery) {
    for (const Figure& figure : gallery.figures) {
      text_ += fmt::format("![{}]({})\n\n", escape_markdown(figure.alt), figure.file);
      text_ += "*" + escape_markdown(figure.caption) + "*\n\n";
    }
  }
  void write(const Controls& /*controls*/) {}
  void write(const std::shared_ptr<Details>& folded) {
    // GitHub folds it; the attribute has Python-Markdown, which makes the site, read what is inside.
    text_ +=
        "<details markdown=\"1\">\n<summary>" + escape_html(one_line(folded->summary)) + "</summary>\n\n";
    write(folded->blocks);
    text_ += "</details>\n\n";
  }

  std::string text_;
};

}  // namespace

std::string escape_markdown(std::string_view text) {
  const std::string line = one_line(text);
  std::string escaped;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool marks =
        c == '_' ? !inside_word(line, i) : std::string_view("\\`*[]<>|~").find(c) != std::string_view::npos;
    // These open a heading, a list or a quotation, but only at the start of a line.
    const bool opens =
        i == 0 && std::string_view("#+-=").find(c) != std::string_view::npos && line.size() > 1;
    if (c == '&') {
      escaped += "&amp;";
      continue;
    }
    escaped += marks || opens ? std::string("\\") + c : std::string(1, c);
  }
  return escaped;
}

std::string to_markdown(const Document& document) {
  MarkdownWriter writer;
  writer.write(Blocks{Heading{1, document.title}});
  writer.write(document.blocks);
  std::string text = writer.take();
  while (text.size() > 1 && text.ends_with("\n\n")) {
    text.pop_back();
  }
  return text;
}

}  // namespace inferscale::report
