#include "cli/study_conclusion.hpp"

#include "analysis/analysis.hpp"
#include "core/log.hpp"
#include "report/report.hpp"
#include "study/results_folder.hpp"

namespace inferscale::cli {

Result<std::string> conclude_study(const std::filesystem::path& folder,
                                   std::span<const artifact::Artifact> artifacts,
                                   const ConclusionOptions& options) {
  TRY(study::write_manifest(folder, artifacts));  // analysis and report read which artifacts there are
  TRY_ASSIGN(const auto notices, analysis::analyze_results(folder));
  for (const std::string& notice : notices) {
    log_info("note: {}", notice);
  }
  std::string page;
  if (options.with_report) {
    TRY(report::write_report(folder, {options.with_plots, {}, {}, nullptr}));
    page = (folder / "report.html").string();
  }
  TRY(study::write_manifest(folder, artifacts));  // again: it has the SHA-256 of every file
  return page;
}

}  // namespace inferscale::cli
