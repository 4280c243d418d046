#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "artifact/store.hpp"
#include "study/artifacts.hpp"
#include "study/quality_check.hpp"
#include "study/reference_perplexity.hpp"
#include "study/repetition.hpp"

namespace inferscale::study {

/// What a worker needs to answer a check.
struct CheckContext {
  const PreparedStudy* study = nullptr;
  const StudyInputs* inputs = nullptr;  ///< with the check's files
  artifact::ArtifactStore* store = nullptr;
  RepetitionSettings settings;   ///< with the logits that checks read
  std::filesystem::path folder;  ///< of the results: takes scratch files for the time being
};

/// What is shown while a worker answers: text with the batches that are done.
using ShowText = std::function<void(const std::string&)>;

struct CheckAnswer {
  BackendQuality quality;
  std::optional<artifact::Artifact> perplexity_file;  ///< of a reference: where the store keeps it
};

/// The result of a check before any worker is asked: names, the inputs that its figures depend on, and the
/// figures that are wanted.
record::QualityResult unjudged_result(const QualityCheck& check, const CheckContext& context);

/// Starts a worker for a check, and asks it for what the check lacks. `number` tells the scratch files of
/// checks apart. Failures are in the answer.
CheckAnswer ask_worker(const QualityCheck& check, std::size_t number, const CheckContext& context,
                       const ShowText& show);

/// The perplexity of a reference, from the store or else from a worker at the lowest priority, which leaves
/// the machine to engines that are being built.
Result<KeptPerplexity> reference_in_background(const QualityCheck& check, const CheckContext& context);

}  // namespace inferscale::study
