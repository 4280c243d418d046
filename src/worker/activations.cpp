#include "worker/activations.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>

#include "protocol/token_ids.hpp"

namespace inferscale::worker {

using namespace protocol;

namespace {

/// Without their sign, the bits of floats order as the floats do, and those of infinity and NaN lie above all
/// others: an integer maximum, which compilers vectorise, finds the largest magnitude and what is not finite.
float largest_magnitude(std::span<const float> values) {
  std::uint32_t largest = 0;
  for (const float value : values) {
    largest = std::max(largest, std::bit_cast<std::uint32_t>(value) & 0x7fffffffU);
  }
  return std::bit_cast<float>(largest);
}

}  // namespace

Result<ActivationSummary> summarise(const measure::ActivationView& tensor, int bins, double range) {
  const float largest = largest_magnitude(tensor.values);
  if (!std::isfinite(largest)) {
    const auto found = std::find_if_not(tensor.values.begin(), tensor.values.end(),
                                        [](float value) { return std::isfinite(value); });
    return fail_as(Outcome::invalid_output, "the activation '{}' has the value {} at element {}", tensor.name,
                   *found, found - tensor.values.begin());
  }
  ActivationSummary summary;
  summary.name = tensor.name;
  summary.largest = largest;
  summary.counts.assign(static_cast<std::size_t>(bins), 0);
  const double bins_a_unit = range > 0 ? bins / range : 0;
  for (std::size_t i = 0; bins > 0 && i < tensor.values.size(); ++i) {
    const double magnitude = std::abs(static_cast<double>(tensor.values[i]));
    ++summary.counts[static_cast<std::size_t>(std::min(magnitude * bins_a_unit, bins - 1.0))];
  }
  return summary;
}

Result<ActivationsReply> observe(measure::Activations& backend, const LoadRequest& loaded,
                                 const ActivationsRequest& request) {
  const Shape shape{static_cast<int>(request.tokens.size()), static_cast<int>(request.tokens[0].size())};
  TRY_ASSIGN(const auto ids, flat_token_ids(request.tokens, loaded, "activations"));
  TRY_ASSIGN(const auto views, backend.activations({ids, shape}));
  ActivationsReply reply;
  for (const auto& view : views) {
    const auto range = request.ranges.find(view.name);
    if (request.bins > 0 && range == request.ranges.end()) {
      return fail("activations: 'ranges' has no '{}'", view.name);
    }
    TRY_ASSIGN(ActivationSummary summary,
               summarise(view, request.bins, range == request.ranges.end() ? 0 : range->second));
    reply.tensors.push_back(std::move(summary));
  }
  return reply;
}

}  // namespace inferscale::worker
