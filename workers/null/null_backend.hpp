#pragma once

#include <memory>

#include "measure/backend.hpp"

namespace inferscale::null {

/// A backend that answers at once, with fixed logits: what remains in its latency is the harness's own cost.
std::unique_ptr<measure::Backend> make_null_backend();

}  // namespace inferscale::null
