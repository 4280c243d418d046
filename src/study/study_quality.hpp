#pragma once

#include <string_view>
#include <vector>

#include "artifact/store.hpp"
#include "record/quality_result.hpp"
#include "study/run.hpp"

namespace inferscale::study {

/// What run_study found out about accuracy.
struct StudyQuality {
  std::vector<record::QualityResult>
      results;  ///< every pair of model and backend that can run, and the reference
  std::vector<artifact::Artifact> artifacts;  ///< what they loaded
};

/// Parity, and perplexity where the plan has a corpus, of every backend that loads a model and can run here,
/// against study.reference. Results go to quality.json after each, and those that are there with the same
/// inputs (artifacts, versions, corpus) are not measured again. Failures are verdicts; an error means that
/// the study cannot go on. Stops early, with what it has, when cancelled. The reference's perplexity is kept
/// in the store (reference_perplexity.hpp).
Result<StudyQuality> measure_study_quality(const PreparedStudy& study, const RunOptions& options,
                                           const std::filesystem::path& folder,
                                           artifact::ArtifactStore& store);

/// Part of that, for while engines are built: the reference's perplexity on every model, on half of the CPUs
/// and at the lowest priority, and then the backends without calibration, which are ready before the others;
/// on a GPU as long as half of its memory is free. The above finds what this measured, and meets again
/// whatever goes wrong.
void measure_quality_ahead(const PreparedStudy& study, const RunOptions& options,
                           const std::filesystem::path& folder, artifact::ArtifactStore& store);

std::size_t count_gates(const std::vector<record::QualityResult>& results, record::Gate gate);

}  // namespace inferscale::study
