#include "study/same_files.hpp"

#include <set>
#include <utility>

#include "record/results_files.hpp"

namespace inferscale::study {
namespace {

std::set<std::string> hashes_of(const Json& artifacts) {
  std::set<std::string> hashes;
  for (const auto& artifact : artifacts) {
    if (artifact.is_object() && artifact.contains("sha256") && artifact["sha256"].is_string()) {
      hashes.insert(artifact["sha256"].get<std::string>());
    }
  }
  return hashes;
}

}  // namespace

Result<void> check_same_files(const std::filesystem::path& folder, const std::vector<record::Row>& rows,
                              const std::vector<record::Repetition>& pending, const StudyInputs& inputs) {
  const auto listed = hashes_of(record::listed_artifacts(folder));
  if (listed.empty()) {
    return {};
  }
  std::set<std::pair<std::string, std::string>> measured;
  for (const record::Row& row : rows) {
    if (row.outcome == Outcome::ok) {
      measured.emplace(row.model, row.backend);
    }
  }
  for (const record::Repetition& repetition : pending) {
    if (measured.erase({repetition.model, repetition.backend}) == 0) {
      continue;
    }
    const Inputs& files = inputs.files(pair_of(repetition));
    const bool engine = inputs.backend(pair_of(repetition)).info.artifact == "engine";
    for (const auto& file : {files.weights, engine ? std::filesystem::path() : files.artifact}) {
      const auto sha256 = file.empty() ? std::string() : inputs.sha256_of(file);
      if (!sha256.empty() && !listed.contains(sha256)) {
        return fail_usage(
            "'{}' has rows of {} on {} from another file than '{}' is now (its SHA-256 is not in "
            "manifest.json): give another --label",
            folder.string(), repetition.model, repetition.backend, file.string());
      }
    }
  }
  return {};
}

}  // namespace inferscale::study
