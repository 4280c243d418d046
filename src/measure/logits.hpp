#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "measure/backend.hpp"

namespace inferscale::measure {

/// Checks that a backend's output has the shape that its input asks for: [batch, length or 1, vocabulary].
/// Outcome::invalid_output otherwise.
Result<void> check_shape(const LogitsView& logits, const protocol::Shape& input, protocol::LogitsScope scope,
                         int vocabulary);

/// Outcome::invalid_output, naming the first place, when a logit is NaN or infinite. Reads every element
/// once.
Result<void> check_finite(const LogitsView& logits);

/// The greedy next token of each sequence: the index of the largest logit at the last position, the lowest
/// index among equals. `tokens` has one element a sequence.
void argmax_last(const LogitsView& logits, std::span<std::int32_t> tokens);

/// One row of logits (sequence x positions + position) as f32: the backend's own memory, or `converted`,
/// which must have room for the vocabulary.
std::span<const float> row_f32(const LogitsView& logits, std::size_t row, std::span<float> converted);

/// All logits as f32, row-major [batch, positions, vocabulary].
std::vector<float> to_f32(const LogitsView& logits);

}  // namespace inferscale::measure
