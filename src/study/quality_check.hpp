#pragma once

#include <optional>

#include "record/quality_result.hpp"
#include "study/backend_quality.hpp"
#include "study/study_backend.hpp"
#include "study/study_corpus.hpp"

namespace inferscale::study {

/// One backend on one model.
struct QualityCheck {
  const model::Model* model = nullptr;
  const StudyBackend* backend = nullptr;
  const ModelCorpus* corpus = nullptr;  ///< none: parity alone
  bool is_reference = false;
  record::QualityResult result;
  bool stored = false;            ///< an earlier run judged it
  bool judged = false;            ///< here, or by an earlier run
  bool reported = false;          ///< counted and written
  bool asks = false;              ///< a worker is to be started for it
  bool wants_perplexity = false;  ///< from that worker
  std::optional<BackendQuality> answer;
};

/// From the answers of both, which are there. `reference` is null where there is none: then nothing can be
/// compared.
void judge(QualityCheck& check, const QualityCheck* reference);

}  // namespace inferscale::study
