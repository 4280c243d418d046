#include "audit/published_tables.hpp"

#include <algorithm>
#include <cmath>

namespace inferscale::audit {
namespace {

namespace fs = std::filesystem;

struct Layout {
  const char* file;
  std::vector<std::string_view> numbers;  ///< columns that must hold numbers, where they are
};

const std::vector<Layout>& layouts() {
  static const std::vector<Layout> all = {
      {"throughput_by_scenario.csv", {"throughput_tok_s"}},
      {"throughput_overall.csv", {"throughput_tok_s"}},
      {"confidence_intervals.csv", {"mean_tok_s", "ci95_low", "ci95_high", "standard_deviation"}},
      {"tests.csv", {"t", "p", "cohens_d"}},
      {"crossover_points.csv", {"parameters", "published_ratio"}},
      {"crossover_fit.csv", {"k", "a0", "crossover_m", "ci95_low_m", "ci95_high_m"}},
      {"amortisation.csv", {"build_s", "slow_tok_s", "fast_tok_s", "seconds", "slow_tokens", "fast_tokens"}},
      {"degradation.csv",
       {"prefill_ok", "prefill_runs", "prefill_degraded_percent", "generate_ok", "generate_runs",
        "generate_degraded_percent"}},
      {"perplexity.csv", {"perplexity", "mean_log_prob", "std_log_prob", "min_log_prob", "max_log_prob"}},
      {"artifacts.csv", {"build_s", "size_bytes", "size_mb_published"}},
  };
  return all;
}

}  // namespace

const char* const kOnlyLoosely = "; agrees if zeros at the end of a number are rounding";

Result<PublishedTables> PublishedTables::read(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return fail_usage("'{}' is not a folder; give one that holds published tables (docs/how-to/audit.md)",
                      folder.string());
  }
  PublishedTables tables;
  for (const Layout& layout : layouts()) {
    if (!fs::exists(folder / layout.file, error)) {
      continue;
    }
    TRY_ASSIGN(CsvTable table, CsvTable::read(folder / layout.file));
    for (const auto column : layout.numbers) {
      TRY(table.check_numbers(column));
    }
    tables.tables_.emplace(layout.file, std::move(table));
  }
  if (tables.tables_.empty()) {
    return fail_usage("'{}' holds none of the tables of docs/how-to/audit.md, such as {} or {}",
                      folder.string(), layouts()[0].file, layouts()[1].file);
  }
  return tables;
}

const CsvTable* PublishedTables::find(std::string_view file) const {
  const auto found = tables_.find(file);
  return found == tables_.end() ? nullptr : &found->second;
}

const CsvTable* PublishedTables::require(std::string_view file, const std::vector<std::string_view>& columns,
                                         AuditSection& section) const {
  const CsvTable* table = find(file);
  if (table == nullptr) {
    section.not_checked.push_back(fmt::format("no {}", file));
    return nullptr;
  }
  for (const auto column : columns) {
    if (!table->has(column)) {
      section.not_checked.push_back(fmt::format("no column {} in {}", column, file));
      return nullptr;
    }
  }
  return table;
}

std::optional<Printed> PublishedTables::overall(std::string_view model, std::string_view backend,
                                                std::string_view mode) const {
  const CsvTable* table = find("throughput_overall.csv");
  if (table == nullptr) {
    return std::nullopt;
  }
  for (const auto& row : table->rows()) {
    if (table->text(row, "model") == model && table->text(row, "backend") == backend &&
        table->text(row, "mode") == mode) {
      return table->number(row, "throughput_tok_s");
    }
  }
  return std::nullopt;
}

std::map<std::string, Printed> PublishedTables::by_scenario(std::string_view model, std::string_view backend,
                                                            std::string_view mode) const {
  std::map<std::string, Printed> values;
  const CsvTable* table = find("throughput_by_scenario.csv");
  if (table == nullptr) {
    return values;
  }
  for (const auto& row : table->rows()) {
    const auto value = table->number(row, "throughput_tok_s");
    if (value && table->text(row, "model") == model && table->text(row, "backend") == backend &&
        table->text(row, "mode") == mode) {
      values.emplace(table->text(row, "scenario"), *value);
    }
  }
  return values;
}

std::vector<std::string> PublishedTables::scenarios(std::string_view mode) const {
  std::vector<std::string> names;
  const CsvTable* table = find("throughput_by_scenario.csv");
  if (table == nullptr) {
    return names;
  }
  for (const auto& row : table->rows()) {
    const std::string name(table->text(row, "scenario"));
    if (table->text(row, "mode") == mode && std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  }
  return names;
}

std::string audit_number(double value) {
  const bool long_number = std::abs(value) >= 1e6 && std::abs(value) < 1e15;
  return long_number ? fmt::format("{:.0f}", value) : fmt::format("{:.6g}", value);
}

std::string range_text(const analysis::Interval& range) {
  const auto low = audit_number(range.low);
  const auto high = audit_number(range.high);
  return low == high ? low : fmt::format("{} to {}", low, high);
}

std::string recomputed_text(const Recomputed& recomputed) {
  const auto value = audit_number(recomputed.value);
  const auto range = range_text(recomputed.range);
  return value == range ? value : fmt::format("{} ({})", value, range);
}

AuditFinding judge(std::string what, const Printed& published, const std::optional<Recomputed>& recomputed,
                   std::string why) {
  if (!recomputed) {
    return {std::move(what), published.text, "-", Agreement::cannot_be_told, std::move(why)};
  }
  auto agreement = Agreement::agrees;
  if (!ranges_meet(published.range, recomputed->range)) {
    const bool loosely = ranges_meet(published.loose, recomputed->loose);
    agreement = loosely ? Agreement::cannot_be_told : Agreement::disagrees;
    why += loosely ? kOnlyLoosely : "";
  }
  return {std::move(what), published.text, recomputed_text(*recomputed), agreement, std::move(why)};
}

}  // namespace inferscale::audit
