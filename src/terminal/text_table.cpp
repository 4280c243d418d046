#include "terminal/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace inferscale::terminal {
namespace {

std::string line_of(const std::vector<TextColumn>& columns, const std::vector<std::size_t>& widths,
                    const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    line += i == 0 ? "" : "  ";
    line += columns[i].numeric ? fmt::format("{:>{}}", cells[i], widths[i])
                               : fmt::format("{:<{}}", cells[i], widths[i]);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string text_table(const std::vector<TextColumn>& columns,
                       const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  std::vector<std::string> titles;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    titles.push_back(columns[i].title);
    widths.push_back(columns[i].title.size());
    for (const auto& row : rows) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text = line_of(columns, widths, titles);
  for (const auto& row : rows) {
    text += line_of(columns, widths, row);
  }
  return text;
}

}  // namespace inferscale::terminal
