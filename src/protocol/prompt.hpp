#pragma once

#include <cstdint>
#include <span>

namespace inferscale::protocol {

/// Fills `ids` with token ids in [0, vocabulary): id i is output i of SplitMix64 (Steele, Lea and Flood 2014,
/// "Fast Splittable Pseudorandom Number Generators") started at `seed`, modulo the vocabulary. So the same
/// prompt on every machine, and in a worker of any language (docs/reference/protocol.md). A batch is filled
/// row after row.
void fill_prompt(std::uint64_t seed, int vocabulary, std::span<std::int32_t> ids);

}  // namespace inferscale::protocol
