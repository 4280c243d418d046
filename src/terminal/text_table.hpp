#pragma once

#include <string>
#include <vector>

namespace inferscale::terminal {

struct TextColumn {
  std::string title;
  bool numeric = false;  ///< right-aligned
};

/// Rows of plain ASCII text as aligned columns, two spaces apart, a line each; as many cells as columns.
std::string text_table(const std::vector<TextColumn>& columns,
                       const std::vector<std::vector<std::string>>& rows);

}  // namespace inferscale::terminal
