#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "core/error.hpp"
#include "record/metrics.hpp"

namespace inferscale::report {

struct ReportOptions {
  bool with_plots = true;  ///< needs gnuplot; without it the report says so and has no plots
  /// Where the report goes; empty: into the results folder. Several folders need it.
  std::filesystem::path out;
  std::map<std::string, double> cost_per_hour;  ///< Prices: by backend, or "machine/backend"
  const record::Metric* metric = nullptr;       ///< that ranks; nullptr: the plan's, else each mode's own
  std::optional<double> indifference = {};      ///< none: the plan's
};

struct ReportFiles {
  std::filesystem::path page, text;  ///< report.html and report.md
};

/// Reads a results folder (raw rows; plan.json, environment.json and manifest.json where they are), analyses
/// it, and writes report.md, report.html (one file: style and plots inside) and plots/*.svg.
/// docs/reference/report.md says what each part means.
Result<ReportFiles> write_report(const std::filesystem::path& results_dir, const ReportOptions& options = {});

/// One report on several machines, a results folder each: what each answers, the same cells side by side, and
/// each machine's own report. Also writes machines.json. Rows of two machines are never pooled. The same
/// folder twice is a usage error.
Result<ReportFiles> write_machines_report(std::span<const std::filesystem::path> results_dirs,
                                          const ReportOptions& options);

}  // namespace inferscale::report
