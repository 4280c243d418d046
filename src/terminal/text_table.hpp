#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace inferscale::terminal {

struct TextColumn {
  std::string title;
  bool numeric = false;  ///< right-aligned
};

constexpr std::size_t kAnyWidth = 0;

/// What a line of stdout may have: $COLUMNS where it is a number, else the terminal's width; kAnyWidth where
/// stdout is no terminal.
std::size_t stdout_width();

/// Rows of plain ASCII text as aligned columns, two spaces apart; as many cells as columns. Where a line
/// would be wider than `width`, cells that are no numbers and titles take several lines. They are broken
/// behind spaces, and behind '-', '_', '/' and ',' before a letter: no figure is ever broken, so a table may
/// stay wider than `width`.
std::string text_table(const std::vector<TextColumn>& columns,
                       const std::vector<std::vector<std::string>>& rows, std::size_t width = stdout_width());

}  // namespace inferscale::terminal
