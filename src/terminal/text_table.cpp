#include "terminal/text_table.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <numeric>
#include <string_view>

#include "core/terminal_width.hpp"

namespace inferscale::terminal {
namespace {

constexpr std::size_t kBetween = 2;
using Cells = std::vector<std::string>;

bool breaks_behind(std::string_view text, std::size_t at) {
  if (text[at] == ' ') {
    return true;
  }
  const bool joint = std::string_view("-_/,").find(text[at]) != std::string_view::npos;
  return joint && at + 1 < text.size() && std::isalpha(static_cast<unsigned char>(text[at + 1])) != 0;
}

/// The spaces that a cell begins with: each of its lines does.
std::size_t indent_of(std::string_view text) {
  return std::min(text.find_first_not_of(' '), text.size());
}

/// What is never broken, behind the indent: "onnxruntime-", "cpu".
std::vector<std::string> pieces_of(std::string_view text) {
  std::vector<std::string> pieces;
  std::size_t begin = indent_of(text);
  for (std::size_t at = begin; at < text.size(); ++at) {
    if (breaks_behind(text, at)) {
      pieces.emplace_back(text.substr(begin, at + 1 - begin));
      begin = at + 1;
    }
  }
  pieces.emplace_back(text.substr(begin));
  return pieces;
}

std::string without_end(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::size_t longest_piece(std::string_view text) {
  std::size_t longest = 0;
  for (const std::string& piece : pieces_of(text)) {
    longest = std::max(longest, without_end(piece).size());
  }
  return indent_of(text) + longest;
}

std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  if (text.size() <= width) {
    return {text};
  }
  const std::string indent(indent_of(text), ' ');
  std::vector<std::string> lines{indent};
  for (const std::string& piece : pieces_of(text)) {
    if (lines.back() != indent && without_end(lines.back() + piece).size() > width) {
      lines.push_back(indent);
    }
    lines.back() += piece;
  }
  std::transform(lines.begin(), lines.end(), lines.begin(), without_end);
  return lines;
}

/// One row: as many lines as its longest cell takes.
std::string lines_of(const std::vector<TextColumn>& columns, const std::vector<std::size_t>& widths,
                     const Cells& cells) {
  std::vector<std::vector<std::string>> wrapped_cells;
  std::size_t height = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    wrapped_cells.push_back(wrapped(cells[i], widths[i]));
    height = std::max(height, wrapped_cells.back().size());
  }
  std::string text;
  for (std::size_t n = 0; n < height; ++n) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string cell = n < wrapped_cells[i].size() ? wrapped_cells[i][n] : std::string();
      line += i == 0 ? "" : std::string(kBetween, ' ');
      line += columns[i].numeric ? fmt::format("{:>{}}", cell, widths[i])
                                 : fmt::format("{:<{}}", cell, widths[i]);
    }
    text += without_end(line) + "\n";
  }
  return text;
}

struct ColumnWidths {
  std::vector<std::size_t> natural, least;
};

ColumnWidths widths_of(const std::vector<TextColumn>& columns, const std::vector<Cells>& rows) {
  ColumnWidths widths;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::size_t natural = columns[i].title.size();
    std::size_t least = longest_piece(columns[i].title);
    for (const Cells& row : rows) {
      natural = std::max(natural, row[i].size());
      least = std::max(least, columns[i].numeric ? row[i].size() : longest_piece(row[i]));
    }
    widths.natural.push_back(natural);
    widths.least.push_back(least);
  }
  return widths;
}

std::size_t line_width(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), kBetween * (widths.size() - 1));
}

/// The widest column that can still be made narrower gives way first.
std::vector<std::size_t> fitted(const ColumnWidths& widths, std::size_t width) {
  std::vector<std::size_t> fitted = widths.natural;
  while (width != kAnyWidth && line_width(fitted) > width) {
    std::size_t widest = fitted.size();
    for (std::size_t i = 0; i < fitted.size(); ++i) {
      if (fitted[i] > widths.least[i] && (widest == fitted.size() || fitted[i] > fitted[widest])) {
        widest = i;
      }
    }
    if (widest == fitted.size()) {
      break;
    }
    --fitted[widest];
  }
  return fitted;
}

}  // namespace

std::size_t stdout_width() {
  if (const char* columns = std::getenv("COLUMNS")) {
    const std::string_view text = columns;
    std::size_t width = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), width);
    if (error == std::errc() && end == text.data() + text.size()) {
      return width;
    }
  }
  return terminal_width(STDOUT_FILENO).value_or(kAnyWidth);
}

std::string text_table(const std::vector<TextColumn>& columns, const std::vector<Cells>& rows,
                       std::size_t width) {
  const std::vector<std::size_t> widths = fitted(widths_of(columns, rows), width);
  Cells titles;
  for (const TextColumn& column : columns) {
    titles.push_back(column.title);
  }
  std::string text = lines_of(columns, widths, titles);
  for (const Cells& row : rows) {
    text += lines_of(columns, widths, row);
  }
  return text;
}

}  // namespace inferscale::terminal
