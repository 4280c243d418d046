#include "audit/csv_table.hpp"

#include <algorithm>
#include <set>

#include "core/files.hpp"

namespace inferscale::audit {
namespace {

bool means_nothing(std::string_view cell) {
  return cell.empty() || cell == "NaN" || cell == "nan" || cell == "N/A";
}

/// The cells of one line. A quoted cell may hold commas and "" for a quote, but no line break: no published
/// table needs one.
Result<std::vector<std::string>> split_line(std::string_view line, std::string_view name, int number) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += c;
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  if (quoted) {
    return fail("{}: line {}: a quote is opened and not closed", name, number);
  }
  return cells;
}

}  // namespace

Result<CsvTable> CsvTable::parse(std::string_view text, std::string name) {
  CsvTable table;
  table.name_ = std::move(name);
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    TRY_ASSIGN(auto cells, split_line(line, table.name_, number));
    if (table.columns_.empty()) {
      table.columns_ = std::move(cells);
      continue;
    }
    if (cells.size() != table.columns_.size()) {
      return fail("{}: line {}: {} cells under {} columns", table.name_, number, cells.size(),
                  table.columns_.size());
    }
    table.rows_.push_back({number, std::move(cells)});
  }
  if (table.columns_.empty()) {
    return fail("{}: is empty; its first line must name the columns", table.name_);
  }
  std::set<std::string> seen;
  for (const auto& column : table.columns_) {
    if (!seen.insert(column).second) {
      return fail("{}: column '{}' appears twice", table.name_, column);
    }
  }
  return table;
}

Result<CsvTable> CsvTable::read(const std::filesystem::path& file) {
  TRY_ASSIGN(const std::string text, read_file(file));
  return parse(text, file.string());
}

std::optional<std::size_t> CsvTable::index(std::string_view column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - columns_.begin());
}

std::string_view CsvTable::text(const Row& row, std::string_view column) const {
  const auto at = index(column);
  return at ? std::string_view(row.cells[*at]) : std::string_view();
}

std::optional<Printed> CsvTable::number(const Row& row, std::string_view column) const {
  return parse_printed(text(row, column));
}

Result<void> CsvTable::check_numbers(std::string_view column) const {
  for (const Row& row : rows_) {
    const auto cell = text(row, column);
    if (!means_nothing(cell) && !parse_printed(cell)) {
      return fail("{}: line {}: column '{}' must be a number, not '{}'", name_, row.line, column, cell);
    }
  }
  return {};
}

}  // namespace inferscale::audit
