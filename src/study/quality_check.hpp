#pragma once

#include <optional>

#include "protocol/needs.hpp"
#include "record/quality_result.hpp"
#include "study/backend_quality.hpp"
#include "study/model_backend.hpp"
#include "study/study_backend.hpp"
#include "study/study_corpus.hpp"

namespace inferscale::study {

/// The graph is ready after those of other backends: its calibration runs the model on a corpus.
inline bool needs_calibration(const StudyBackend& backend) {
  return takes_int8_graph(backend.info);
}

/// How far the check of a pair is:
///
///     no_files -> due -> answered -> judged
///                  ^--------------------'      at an early time the verdict was not `passed`
///     no_files -> known                        an earlier run judged the same inputs
///                 known -> logits_due -> known only the reference, when another check needs its logits
///     no_files -> left_out                     the files cannot be made
enum class CheckState {
  no_files,    ///< the files are not made yet
  left_out,    ///< no worker can be asked: there are no files
  due,         ///< a worker is to be asked
  answered,    ///< the worker has answered, and the reference has not
  judged,      ///< this run has a verdict
  known,       ///< an earlier run had a verdict on the same inputs
  logits_due,  ///< as `known`, and a worker is to be asked for logits
};

/// One backend on one model.
struct QualityCheck {
  const model::Model* model = nullptr;
  const StudyBackend* backend = nullptr;
  const ModelCorpus* corpus = nullptr;  ///< null: parity alone
  record::QualityResult result;         ///< the four names; from `due` on the inputs; at the end the figures
  CheckState state = CheckState::no_files;
  std::optional<BackendQuality> answer;  ///< the reference's is kept for the other checks of the model

  [[nodiscard]] ModelBackend pair() const { return {result.model, result.backend}; }
  [[nodiscard]] bool is_reference() const { return result.backend == result.reference; }
  [[nodiscard]] bool asks_worker() const {
    return state == CheckState::due || state == CheckState::logits_due;
  }
  [[nodiscard]] bool asks_perplexity() const { return corpus != nullptr && !result.figures.perplexity; }
  [[nodiscard]] bool has_verdict() const {
    return state == CheckState::judged || state == CheckState::known || state == CheckState::logits_due;
  }
  [[nodiscard]] bool needs_gpu() const { return backend->info.device == "cuda"; }
};

/// The check's result with figures and verdict, from its answer and the reference's. `reference` is null
/// where there is none: then nothing can be compared.
record::QualityResult judged_result(const QualityCheck& check, const QualityCheck* reference);

}  // namespace inferscale::study
