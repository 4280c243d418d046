#pragma once

#include <cstddef>
#include <span>

namespace inferscale::measure {

/// log(softmax(logits))[target], stable for any finite logits: the exponentials are summed relative to the
/// largest logit in float (a Taylor polynomial of degree 7 after reduction by ln 2, error below 2 units in
/// the last place), in blocks whose sums are added in double. NaN when a logit is NaN or infinite.
double log_probability(std::span<const float> logits, std::size_t target);

}  // namespace inferscale::measure
