// Rows by themselves: one that contradicts another row of its own table, and throughputs that nothing can
// have.
#include <algorithm>

#include "audit/published_tables.hpp"

namespace inferscale::audit {
namespace {

struct Keyed {
  const char* file;
  std::vector<std::string_view> key;  ///< columns that say which cell a row is of
};

const std::vector<Keyed>& keyed_tables() {
  static const std::vector<Keyed> all = {
      {"throughput_by_scenario.csv", {"model", "backend", "mode", "scenario"}},
      {"throughput_overall.csv", {"model", "backend", "mode"}},
      {"confidence_intervals.csv", {"model", "backend"}},
      {"tests.csv", {"model", "first", "second"}},
      {"crossover_points.csv", {"model", "parameters"}},
      {"crossover_fit.csv", {"first", "second"}},
      {"amortisation.csv", {"model", "slow", "fast"}},
      {"degradation.csv", {"backend"}},
      {"perplexity.csv", {"model", "backend"}},
      {"artifacts.csv", {"model", "artifact"}},
  };
  return all;
}

/// "m a prefill"
std::string name_of(const CsvTable& table, const CsvTable::Row& row,
                    const std::vector<std::string_view>& key) {
  std::string name;
  for (const auto column : key) {
    const auto part = table.text(row, column);
    name += (name.empty() || part.empty() ? "" : " ") + std::string(part);
  }
  return name;
}

/// Figures of `again` that cannot be those of `first`, a row of the same cell. All other checks take one of
/// the two.
void compare_rows(const CsvTable& table, const Keyed& keyed, const CsvTable::Row& first,
                  const CsvTable::Row& again, AuditSection& section) {
  for (const std::string& column : table.columns()) {
    const auto one = table.number(first, column);
    const auto other = table.number(again, column);
    if (one && other && !ranges_meet(one->range, other->range)) {
      section.findings.push_back(
          {fmt::format("{}: {}: {}", keyed.file, name_of(table, first, keyed.key), column), one->text,
           other->text, Agreement::disagrees,
           fmt::format("lines {} and {} are of one cell and have different values", first.line, again.line)});
    }
  }
}

void check_repeated(const CsvTable& table, const Keyed& keyed, AuditSection& section) {
  const bool has_key = std::all_of(keyed.key.begin(), keyed.key.end(),
                                   [&](std::string_view column) { return table.has(column); });
  std::map<std::vector<std::string>, const CsvTable::Row*> seen;
  for (const auto& row : table.rows()) {
    std::vector<std::string> cell;
    for (const auto column : keyed.key) {
      cell.emplace_back(table.text(row, column));
    }
    const auto [first, is_new] = seen.emplace(std::move(cell), &row);
    if (has_key && !is_new) {
      compare_rows(table, keyed, *first->second, row, section);
    }
  }
}

void check_positive(const CsvTable& table, const Keyed& keyed, AuditSection& section) {
  for (const std::string& column : table.columns()) {
    if (!column.ends_with("_tok_s")) {
      continue;
    }
    for (const auto& row : table.rows()) {
      const auto value = table.number(row, column);
      if (value && value->value <= 0) {
        section.findings.push_back(
            {fmt::format("{}: {}: {}", keyed.file, name_of(table, row, keyed.key), column), value->text,
             "above 0", Agreement::disagrees,
             fmt::format("line {}: a throughput is positive, and a cell without one is empty", row.line)});
      }
    }
  }
}

}  // namespace

AuditSection check_rows(const PublishedTables& tables) {
  AuditSection section{
      "rows by themselves", "A cell has one value in a table, and a throughput is above 0.", {}, {}};
  for (const Keyed& keyed : keyed_tables()) {
    if (const CsvTable* table = tables.find(keyed.file)) {
      check_repeated(*table, keyed, section);
      check_positive(*table, keyed, section);
    }
  }
  return section;
}

}  // namespace inferscale::audit
