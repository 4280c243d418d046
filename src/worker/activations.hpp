#pragma once

#include "measure/backend.hpp"
#include "protocol/activations.hpp"

namespace inferscale {

/// Outcome::invalid_output, naming the tensor, for a NaN or infinite value. `bins` 0: no counts. A range of 0
/// puts everything into the first bin.
Result<ActivationSummary> summarise(const ActivationView& tensor, int bins, double range);

/// Runs the pass and summarises what came back.
Result<ActivationsReply> observe(Backend& backend, const LoadRequest& loaded,
                                 const ActivationsRequest& request);

}  // namespace inferscale
