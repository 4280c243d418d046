#pragma once

#include "measure/backend.hpp"
#include "protocol/activations.hpp"

namespace inferscale::worker {

/// Outcome::invalid_output, naming the tensor, for a NaN or infinite value. `bins` 0: no counts. A range of 0
/// puts everything into the first bin.
Result<protocol::ActivationSummary> summarise(const measure::ActivationView& tensor, int bins, double range);

/// Runs the pass and summarises what came back.
Result<protocol::ActivationsReply> observe(measure::Activations& backend, const protocol::LoadRequest& loaded,
                                           const protocol::ActivationsRequest& request);

}  // namespace inferscale::worker
