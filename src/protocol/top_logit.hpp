#pragma once

#include <cstddef>
#include <span>

namespace inferscale::protocol {

struct TopLogit {
  std::size_t token = 0;  ///< of the highest logit; the lowest among equals
  double gap = 0;         ///< the highest less the second highest: StepScores::gaps
};

/// Of the logits of one position: two at least, and finite.
TopLogit top_logit(std::span<const float> logits);

}  // namespace inferscale::protocol
