#include "protocol/top_logit.hpp"

#include <algorithm>
#include <limits>

namespace inferscale::protocol {

TopLogit top_logit(std::span<const float> logits) {
  const auto highest = std::max_element(logits.begin(), logits.end());
  float second = -std::numeric_limits<float>::max();
  for (auto logit = logits.begin(); logit != logits.end(); ++logit) {
    second = logit == highest ? second : std::max(second, *logit);
  }
  return {static_cast<std::size_t>(highest - logits.begin()),
          static_cast<double>(*highest) - static_cast<double>(second)};
}

}  // namespace inferscale::protocol
