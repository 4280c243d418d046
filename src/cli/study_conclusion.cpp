#include "cli/study_conclusion.hpp"

#include "analysis/derived.hpp"
#include "report/report.hpp"
#include "study/results_folder.hpp"

namespace inferscale {

Result<std::string> conclude_study(const std::filesystem::path& folder, std::span<const Artifact> artifacts,
                                   const ConclusionOptions& options) {
  std::vector<std::filesystem::path> files;
  for (const Artifact& artifact : artifacts) {
    files.push_back(artifact.path);
  }
  TRY(analyze_results(folder, files));
  std::string page;
  if (options.with_report) {
    TRY(write_report(folder, {options.with_plots}));
    page = (folder / "report.html").string();
  }
  TRY(write_manifest(folder, artifacts));
  return page;
}

}  // namespace inferscale
