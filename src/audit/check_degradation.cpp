// Counts of runs that ended well: rates, and whether the throughput tables show what the counts say.
#include <set>

#include "analysis/proportion.hpp"
#include "audit/published_tables.hpp"

namespace inferscale::audit {
namespace {

struct Counts {
  std::string backend, mode;
  int ok = 0, runs = 0;
  [[nodiscard]] std::string name() const { return backend + " " + mode; }
  [[nodiscard]] std::string text() const { return fmt::format("{} of {} ok", ok, runs); }
};

/// The degradation rate with Wilson's interval, in words.
std::string rate_text(const Counts& counts) {
  const int degraded = counts.runs - counts.ok;
  const auto interval = analysis::wilson_interval(degraded, counts.runs);
  return fmt::format("{} of {} degraded: {:.1f}%, 95% interval {:.1f} to {:.1f}% (Wilson)", degraded,
                     counts.runs, 100.0 * degraded / counts.runs, 100 * interval->low, 100 * interval->high);
}

AuditFinding check_rate(const Counts& counts, const Printed& published) {
  const double percent = 100.0 * (counts.runs - counts.ok) / counts.runs;
  return judge(counts.name() + ": degraded, %", published, Recomputed::exactly(percent), rate_text(counts));
}

/// Cells with and without a throughput in throughput_by_scenario.csv, over all models.
struct Shown {
  int filled = 0, cells = 0;
};

Shown shown_cells(const PublishedTables& tables, const Counts& counts) {
  Shown shown;
  const CsvTable* table = tables.find("throughput_by_scenario.csv");
  std::set<std::string, std::less<>> models;
  for (std::size_t i = 0; table != nullptr && i < table->rows().size(); ++i) {
    const auto& row = table->rows()[i];
    if (table->text(row, "backend") == counts.backend && table->text(row, "mode") == counts.mode) {
      models.emplace(table->text(row, "model"));
      shown.filled += table->number(row, "throughput_tok_s") ? 1 : 0;
    }
  }
  shown.cells = static_cast<int>(models.size() * tables.scenarios(counts.mode).size());
  return shown;
}

/// A cell that has a throughput has at least one run that is ok, and one that has none has none.
AuditFinding check_cells(const Counts& counts, const Shown& shown) {
  const int per_cell = counts.runs / shown.cells;
  const int most = shown.filled * per_cell;
  AuditFinding finding{
      counts.name() + ": runs that are ok", counts.text(), fmt::format("{} to {} ok", shown.filled, most),
      Agreement::agrees,
      fmt::format("{} of {} cells have a throughput, each of {} runs", shown.filled, shown.cells, per_cell)};
  if (counts.ok < shown.filled || counts.ok > most) {
    finding.agreement = Agreement::disagrees;
  } else if (counts.ok != most) {
    finding.agreement = Agreement::cannot_be_told;
    finding.why += fmt::format(
        "; {} ok are {} whole cells, so a cell that is shown failed in part, or the two "
        "tables count differently",
        counts.ok, audit_number(static_cast<double>(counts.ok) / per_cell));
  }
  return finding;
}

/// An overall mean needs a run that is ok.
AuditFinding check_means_shown(const PublishedTables& tables, const Counts& counts) {
  int means = 0;
  const CsvTable* table = tables.find("throughput_overall.csv");
  for (const auto& row : table->rows()) {
    means += table->text(row, "backend") == counts.backend && table->text(row, "mode") == counts.mode &&
                     table->number(row, "throughput_tok_s")
                 ? 1
                 : 0;
  }
  return {counts.name() + ": means shown", counts.text(), fmt::format("{} means", means),
          (means > 0) == (counts.ok > 0) ? Agreement::agrees : Agreement::disagrees,
          "throughput_overall.csv has a mean where, and only where, a run is ok"};
}

void check_backend(const PublishedTables& tables, const CsvTable& table, const CsvTable::Row& row,
                   const std::string& mode, AuditSection& section) {
  const auto ok = table.number(row, mode + "_ok");
  const auto runs = table.number(row, mode + "_runs");
  const std::string backend(table.text(row, "backend"));
  if (ok && runs && (ok->value < 0 || runs->value < 0 || ok->value > runs->value)) {
    section.findings.push_back(
        {fmt::format("{} {}: counts", backend, mode), fmt::format("{} of {} ok", ok->text, runs->text), "-",
         Agreement::disagrees,
         ok->value > runs->value ? "more runs are ok than were made" : "a count is below 0"});
    return;
  }
  if (!ok || !runs || runs->value < 1 || runs->value > 1e9) {
    section.not_checked.push_back(fmt::format("{} {}: no counts of runs", backend, mode));
    return;
  }
  const Counts counts{backend, mode, static_cast<int>(ok->value), static_cast<int>(runs->value)};
  const auto before = section.findings.size();
  if (const auto percent = table.number(row, mode + "_degraded_percent")) {
    section.findings.push_back(check_rate(counts, *percent));
  }
  if (tables.find("throughput_overall.csv") != nullptr) {
    section.findings.push_back(check_means_shown(tables, counts));
  }
  const Shown shown = shown_cells(tables, counts);
  if (shown.cells == 0) {
    section.not_checked.push_back(counts.name() + ": no scenario is printed");
  } else if (counts.runs % shown.cells != 0) {
    section.not_checked.push_back(fmt::format("{}: {} runs over {} cells are no whole number", counts.name(),
                                              counts.runs, shown.cells));
  } else {
    section.findings.push_back(check_cells(counts, shown));
  }
  if (counts.ok < counts.runs && section.findings.size() > before) {
    section.findings.back().why += "; " + rate_text(counts);
  }
}

}  // namespace

AuditSection check_degradation(const PublishedTables& tables) {
  AuditSection section{
      "degradation",
      "Rates follow from counts, and a throughput is there where, and only where, a run is ok.",
      {},
      {}};
  const auto* table = tables.require("degradation.csv", {"backend"}, section);
  if (table == nullptr) {
    return section;
  }
  for (const std::string mode : {"prefill", "generate", "decode"}) {
    if (!table->has(mode + "_ok") || !table->has(mode + "_runs")) {
      continue;
    }
    if (!table->has(mode + "_degraded_percent")) {
      section.not_checked.push_back(fmt::format("no column {}_degraded_percent in degradation.csv", mode));
    }
    for (const auto& row : table->rows()) {
      check_backend(tables, *table, row, mode, section);
    }
  }
  return section;
}

}  // namespace inferscale::audit
