#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "core/files.hpp"
#include "core/json.hpp"
#include "record/row.hpp"

namespace inferscale::test {

/// A results folder with these rows, as a study leaves it.
inline void write_results(const std::filesystem::path& folder, const std::vector<record::Row>& rows,
                          const Json& environment) {
  std::string lines;
  for (const record::Row& row : rows) {
    lines += to_line(to_json(row)) + "\n";
  }
  const auto rows_written = write_file_atomic(folder / "raw/prefill.jsonl", lines);
  EXPECT_TRUE(rows_written) << rows_written.error().message;
  const auto written = write_file_atomic(folder / "environment.json", to_pretty(environment));
  EXPECT_TRUE(written) << written.error().message;
}

}  // namespace inferscale::test
