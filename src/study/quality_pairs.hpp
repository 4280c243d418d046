#pragma once

#include <optional>
#include <vector>

#include "study/run.hpp"

namespace inferscale::study {

/// The study as its quality is measured: the reference among the backends, first, and logits of all positions
/// where perplexity needs them. Without a corpus, the very files that were measured are compared.
PreparedStudy with_reference(const PreparedStudy& study);

/// The study without the backends whose graphs are calibrated; none if it has no such backend, or no other.
std::optional<PreparedStudy> without_calibrated(const PreparedStudy& study);

/// It can run here, and what it computes can be compared.
bool loads_a_model(const StudyBackend& backend);

/// A pair of model and backend in the form that StudyInputs takes.
record::Repetition pair_of(const model::Model& model, const StudyBackend& backend);

/// Those of the study whose backend loads a model.
std::vector<record::Repetition> pairs_of(const PreparedStudy& study);

}  // namespace inferscale::study
