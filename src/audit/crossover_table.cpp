#include "audit/crossover_table.hpp"

#include <algorithm>

namespace inferscale::audit {
namespace {

constexpr std::string_view kUnit = "_tok_s";

std::string backend_name(std::string_view column) {
  std::string name(column.substr(0, column.size() - kUnit.size()));
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

}  // namespace

std::optional<CrossoverTable> crossover_table(const PublishedTables& tables, AuditSection& section) {
  const CsvTable* table = tables.require("crossover_points.csv", {"model", "parameters"}, section);
  if (table == nullptr) {
    return std::nullopt;
  }
  std::vector<std::string> columns;
  std::copy_if(table->columns().begin(), table->columns().end(), std::back_inserter(columns),
               [](const std::string& column) { return column.ends_with(kUnit); });
  if (columns.size() != 2) {
    section.not_checked.push_back(
        fmt::format("{} columns NAME_tok_s in crossover_points.csv, and not 2", columns.size()));
    return std::nullopt;
  }
  CrossoverTable crossover{backend_name(columns[0]), backend_name(columns[1]), {}};
  for (const auto& row : table->rows()) {
    const auto parameters = table->number(row, "parameters");
    const auto first = table->number(row, columns[0]);
    const auto second = table->number(row, columns[1]);
    const bool positive = parameters && first && second && parameters->range.low > 0 &&
                          first->range.low > 0 && second->range.low > 0;
    if (!positive) {
      section.not_checked.push_back(
          fmt::format("line {} of crossover_points.csv: not three numbers above 0", row.line));
      continue;
    }
    crossover.points.push_back({std::string(table->text(row, "model")), *parameters, *first, *second,
                                table->number(row, "published_ratio")});
  }
  std::stable_sort(crossover.points.begin(), crossover.points.end(), [](const auto& one, const auto& other) {
    return one.parameters.value < other.parameters.value;
  });
  return crossover;
}

}  // namespace inferscale::audit
