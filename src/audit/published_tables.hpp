#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit.hpp"
#include "audit/csv_table.hpp"

namespace inferscale::audit {

/// The tables of docs/how-to/audit.md that a folder holds, by file name ("tests.csv").
class PublishedTables {
 public:
  static Result<PublishedTables> read(const std::filesystem::path& folder);

  /// nullptr when the folder has no such file.
  [[nodiscard]] const CsvTable* find(std::string_view file) const;
  /// The table when it has all these columns; otherwise nullptr, and the section says what is missing.
  const CsvTable* require(std::string_view file, const std::vector<std::string_view>& columns,
                          AuditSection& section) const;

  /// A published overall throughput, of throughput_overall.csv; nullopt when it has none.
  [[nodiscard]] std::optional<Printed> overall(std::string_view model, std::string_view backend,
                                               std::string_view mode) const;
  /// The scenarios' throughputs in throughput_by_scenario.csv, by scenario; empty cells left out.
  [[nodiscard]] std::map<std::string, Printed> by_scenario(std::string_view model, std::string_view backend,
                                                           std::string_view mode) const;
  /// Scenarios that any model and backend has in that mode, filled or not.
  [[nodiscard]] std::vector<std::string> scenarios(std::string_view mode) const;

 private:
  std::map<std::string, CsvTable, std::less<>> tables_;
};

/// published beside recomputed: agrees when their ranges meet, cannot be told when only their loose ranges
/// do. Without a recomputed value nothing can be told.
AuditFinding judge(std::string what, const Printed& published, const std::optional<Recomputed>& recomputed,
                   std::string why);

/// Why a finding cannot be told when only the loose ranges meet.
extern const char* const kOnlyLoosely;

// How findings write numbers: 6 significant digits; a range only when it is wider than that.
std::string audit_number(double value);
std::string recomputed_text(const Recomputed& recomputed);
std::string range_text(const analysis::Interval& range);

// One section a function, in the order of the report. check_rows() has findings only where rows are wrong.
AuditSection check_rows(const PublishedTables& tables);
AuditSection check_means(const PublishedTables& tables);
AuditSection check_ranks(const PublishedTables& tables);
AuditSection check_intervals(const PublishedTables& tables);
AuditSection check_effect_sizes(const PublishedTables& tables);
AuditSection check_tests(const PublishedTables& tables);
AuditSection check_ratios(const PublishedTables& tables);
AuditSection check_crossover_fit(const PublishedTables& tables);
AuditSection check_amortisation(const PublishedTables& tables);
AuditSection check_degradation(const PublishedTables& tables);
AuditSection check_perplexity(const PublishedTables& tables);
AuditSection check_artifact_sizes(const PublishedTables& tables);

}  // namespace inferscale::audit
