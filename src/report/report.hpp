#pragma once

#include <filesystem>

#include "core/error.hpp"

namespace inferscale {

struct ReportOptions {
  bool with_plots = true;  ///< needs gnuplot; without it the report says so and has no plots
};

/// Reads a results folder (raw rows; plan.json, environment.json and manifest.json where they are), analyses
/// it, and writes report.md, report.html (one file: style and plots inside) and plots/*.svg into it.
/// docs/report.md says what each part means.
Result<void> write_report(const std::filesystem::path& results_dir, const ReportOptions& options = {});

}  // namespace inferscale
