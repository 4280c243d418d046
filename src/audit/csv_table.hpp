#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/printed.hpp"
#include "core/error.hpp"

namespace inferscale::audit {

/// A published table: a CSV file whose first line names the columns (RFC 4180 quoting; lines that start with
/// '#' are comments).
class CsvTable {
 public:
  struct Row {
    int line = 0;  ///< in the file, from 1
    std::vector<std::string> cells;
  };

  /// Errors name the file and line: a row with too many or too few cells, a column named twice, an open
  /// quote.
  static Result<CsvTable> parse(std::string_view text, std::string name);
  static Result<CsvTable> read(const std::filesystem::path& file);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  [[nodiscard]] bool has(std::string_view column) const { return index(column).has_value(); }
  /// "" when the column is not there.
  [[nodiscard]] std::string_view text(const Row& row, std::string_view column) const;
  /// nullopt when there is no such column, the cell is empty, or it is "NaN" or "N/A".
  [[nodiscard]] std::optional<Printed> number(const Row& row, std::string_view column) const;
  /// Every cell of the column that is not empty, "NaN" or "N/A" is a number; the error names the line.
  [[nodiscard]] Result<void> check_numbers(std::string_view column) const;

 private:
  [[nodiscard]] std::optional<std::size_t> index(std::string_view column) const;
  std::string name_;  ///< leads errors and notes
  std::vector<std::string> columns_;
  std::vector<Row> rows_;
};

}  // namespace inferscale::audit
