#include "analysis/study_results.hpp"

#include <algorithm>
#include <set>
#include <system_error>

#include "record/results_files.hpp"

namespace inferscale::analysis {
namespace {

namespace fs = std::filesystem;

/// The last part of "results/quick/" is "quick"; empty for a folder that only a path of dots leads to.
std::string last_of(const fs::path& folder) {
  const fs::path plain = folder.lexically_normal();
  const fs::path last = plain.has_filename() ? plain.filename() : plain.parent_path().filename();
  return last == "." || last == ".." ? std::string() : last.string();
}

/// As the user gave it; where only dots lead to it, as the system knows it, so that it has a name.
fs::path named(const fs::path& folder) {
  std::error_code error;
  const fs::path whole = last_of(folder).empty() ? fs::canonical(folder, error) : folder;
  return error ? folder : whole;
}

/// "results/quick/" and "results/quick" are called "quick", and so is "." there.
std::string name_of(const fs::path& folder) {
  const fs::path whole = named(folder);
  const std::string last = last_of(whole);
  return last.empty() ? whole.string() : last;
}

}  // namespace

Result<StudyResults> load_study_results(const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    return fail_usage("'{}' is not a folder: give a study's results folder, such as results/quick",
                      folder.string());
  }
  StudyResults results;
  results.folder = folder;
  results.name = name_of(folder);
  if (fs::exists(folder / record::kPlanFile)) {
    TRY_ASSIGN(results.plan, record::load_plan(folder / record::kPlanFile));
  }
  TRY_ASSIGN(results.environment, record::read_if_there(folder / record::kEnvironmentFile));
  TRY_ASSIGN(results.manifest, record::read_if_there(folder / record::kManifestFile));
  TRY_ASSIGN(results.dataset, load_dataset(folder));
  return results;
}

Result<std::vector<StudyResults>> load_study_results(std::span<const fs::path> folders) {
  std::vector<StudyResults> all;
  std::set<fs::path> seen;
  for (const fs::path& folder : folders) {
    TRY_ASSIGN(StudyResults results, load_study_results(folder));
    std::error_code error;
    if (!seen.insert(fs::canonical(folder, error)).second) {
      return fail_usage("'{}' is given twice", folder.string());
    }
    all.push_back(std::move(results));
  }
  std::vector<std::string> names;
  for (const StudyResults& results : all) {
    names.push_back(results.name);
  }
  for (StudyResults& results : all) {
    if (std::count(names.begin(), names.end(), results.name) > 1) {
      results.name = named(results.folder).string();
    }
  }
  return all;
}

}  // namespace inferscale::analysis
