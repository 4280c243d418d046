#pragma once

#include <optional>
#include <vector>

#include "model/spec.hpp"

namespace inferscale::search {

/// A model whose size lies strictly between two others', near `target` parameters: whole layers, and a width
/// that heads of 64 divide (32, or 2 heads, where that is too wide), near the straight path from the one
/// shape to the other, so that little but the size changes: on it too lie the vocabulary, the MLP's width and
/// how many heads read one key. Positions are those of the shorter one, the rest is the family's. The
/// ladder's name where it is a rung. Deterministic; never one of `taken`. nullopt when there is none, or when
/// the two are of different families. `low` is the smaller one.
std::optional<model::DecoderSpec> shape_between(const model::DecoderSpec& low, const model::DecoderSpec& high,
                                                double target, const std::vector<model::DecoderSpec>& taken);

}  // namespace inferscale::search
