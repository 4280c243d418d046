#pragma once

#include <vector>

#include "study/prepared_study.hpp"
#include "study/quality_check.hpp"

namespace inferscale::study {

/// When checks are made. Each time includes the ones before it.
enum class CheckTime {
  reference,  ///< first of all: the references alone
  early,      ///< while engines are built: the checks whose graphs need no calibration
  last,       ///< when nothing is built any more: every check
};

[[nodiscard]] bool is_due_at(CheckTime time, const QualityCheck& check);

/// A check of every model on every backend that can run here and loads a model, and on the study's reference,
/// in the plan or not. Of each model the reference comes first, and then the plan's order. Nothing where no
/// backend of the plan can be checked. The study must outlive the checks.
std::vector<QualityCheck> planned_checks(const PreparedStudy& study);

/// Which logits checks read: all, where perplexity needs them; else the plan's, so that the very files which
/// were measured are compared.
protocol::LogitsScope logits_of_checks(const PreparedStudy& study);

/// Whether some backends of the plan, but not all, can be checked early.
[[nodiscard]] bool some_are_early(const PreparedStudy& study);

}  // namespace inferscale::study
