#pragma once

#include <string_view>

#include "protocol/messages.hpp"

namespace inferscale::protocol {

/// What a worker may be asked for. `prefill` and `generate` are modes of measure.
enum class Capability { prefill, generate, score, activations, build };
std::string_view to_string(Capability capability);

/// By hello's `can`; of a worker that leaves it out, by the minor version that brought the message.
bool can(const HelloReply& hello, Capability capability);

/// Outcome::unsupported where the worker cannot.
Result<void> require(const HelloReply& hello, Capability capability);

}  // namespace inferscale::protocol
