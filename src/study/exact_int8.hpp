#pragma once

#include <filesystem>
#include <optional>

#include "record/quality_result.hpp"
#include "study/backend_quality.hpp"
#include "study/repetition.hpp"

namespace inferscale::study {

/// Whether what the backend loads can be held against exact integer arithmetic: an int8 graph of ours that a
/// CPU runs. GPUs add 8-bit products in 32 bits. Weights in blocks are left out: which integers a kernel
/// makes of the activations it multiplies them with, if any, is its own choice (accuracy_level of
/// MatMulNBits). Then `result` asks for that figure, and the inputs of `result` name what decides it.
void ask_for_exactness(record::QualityResult& result, const StudyBackend& backend,
                       const std::optional<StudyBackend>& exact, const Inputs& inputs);

/// How far a backend's int8 products are from exact ones: logits of the model's first block, under its
/// embedding, final norm and head, on the stream of parity.hpp, from the backend and from `exact` (an fp32
/// backend that loads ONNX graphs), which runs the same integers as floats. One block, because after several
/// a rounding that falls the other way has spread to the size of the quantisation error itself
/// (docs/explanation/accuracy.md). All positions, whatever the plan's logits. `folder` holds the two graphs
/// until the function returns.
Result<record::ParityFigures> measure_exactness(const model::Model& model, const StudyBackend& backend,
                                                const StudyBackend& exact, const Inputs& inputs,
                                                const RepetitionSettings& settings,
                                                const std::filesystem::path& folder);

/// The same, into an answer's figures or error.
void add_exactness(const model::Model& model, const StudyBackend& backend, const StudyBackend& exact,
                   const Inputs& inputs, const RepetitionSettings& settings,
                   const std::filesystem::path& folder, BackendQuality& answer);

}  // namespace inferscale::study
