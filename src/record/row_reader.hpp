#pragma once

#include <memory>
#include <string_view>

#include "record/row.hpp"

namespace inferscale::record {

/// Which of a row's members without fixed fields (`clocks`, `details`) are read.
enum class FreeJson {
  all,
  /// `clocks` of a row whose GPU was throttled or has its energy, `details` that have kNotAsAsked; the others
  /// are null.
  what_counts,
};

/// Reads rows, a line of JSON each, by the fields that record/row_fields.hpp declares: a million in seconds.
class RowReader {
 public:
  explicit RowReader(FreeJson free_json = FreeJson::all);
  ~RowReader();
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  /// The line's row, valid until the next call. nullptr: the line is not plainly a row, and parse_json() and
  /// parse_row(), which have the messages, must judge it. Nothing that they refuse is plainly a row, but for
  /// equal keys inside members that are not read.
  const Row* read_plain(std::string_view line);
  /// As read_plain(), and what parse_json() and parse_row() say of any other line; `place` leads errors.
  Result<Row> read(std::string_view line, const std::string& place);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace inferscale::record
