#include "study/same_files.hpp"

#include <set>
#include <tuple>
#include <utility>

#include "protocol/needs.hpp"
#include "record/artifact_use.hpp"
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

/// What a pair loaded so far. A manifest without `uses` does not tell pairs apart: then all that it lists.
std::set<std::string> hashes_of(const record::StudyUses& uses, const record::Repetition& repetition,
                                const std::set<std::string>& listed) {
  std::set<std::string> hashes;
  bool known = false;
  for (const record::ArtifactUse& use : uses.uses) {
    if (use.model == repetition.model && use.backend == repetition.backend) {
      known = true;
      for (const record::UsedFile& file : use.files) {
        hashes.insert(file.sha256);
      }
    }
  }
  return known ? hashes : listed;
}

}  // namespace

Result<void> check_same_files(const std::filesystem::path& folder, const std::vector<record::Row>& rows,
                              const std::vector<record::Repetition>& pending, const StudyInputs& inputs) {
  const auto listed = hashes_of(record::listed_artifacts(folder));
  if (listed.empty()) {
    return {};
  }
  const auto manifest = read_json_file(folder / record::kManifestFile);
  const record::StudyUses uses = record::uses_of(manifest ? *manifest : Json());
  std::set<std::tuple<std::string, std::string, std::size_t>>
      measured;  ///< model, backend, which of its files
  for (const record::Row& row : rows) {
    if (row.outcome == Outcome::ok) {
      const std::string backend = name_in_plan(row);
      measured.emplace(row.model, backend, inputs.files_of(backend, row.mode));
    }
  }
  for (const record::Repetition& repetition : pending) {
    if (measured.erase({repetition.model, repetition.backend,
                        inputs.files_of(repetition.backend, repetition.mode)}) == 0) {
      continue;
    }
    const Inputs& files = inputs.files(repetition);
    const bool engine = is_built(inputs.backend(pair_of(repetition)).info);
    const auto known = hashes_of(uses, repetition, listed);
    for (const auto& file : {files.weights, engine ? std::filesystem::path() : files.artifact}) {
      const auto sha256 = file.empty() ? std::string() : inputs.sha256_of(file);
      if (!sha256.empty() && !known.contains(sha256)) {
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
