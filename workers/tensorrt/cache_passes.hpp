#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/error.hpp"
#include "protocol/shape.hpp"

namespace inferscale::tensorrt {

/// A pass of an engine with a KV cache: all of its shapes, which a profile of its own fixes.
struct CachePass {
  int batch = 1;
  int length = 1;    ///< tokens a sequence that come in
  int capacity = 1;  ///< rows a sequence of the cache
  friend bool operator==(const CachePass&, const CachePass&) = default;
};

/// The pass of a cache's prompt: its keys and values are all of a cache that is as long as the prompt
/// (src/graph/cache.cpp says why), and are copied on from there.
CachePass prompt_pass(const protocol::CacheShape& cache);

/// For each cache its prompt's pass and its step's, each once, in order: the profiles of an engine.
std::vector<CachePass> passes_of(std::span<const protocol::CacheShape> caches);

/// The profile of a pass.
std::optional<std::size_t> find_pass(std::span<const CachePass> passes, const CachePass& pass);
/// The profile of a cache's step with the least capacity that is enough.
std::optional<std::size_t> find_step(std::span<const CachePass> passes, const protocol::CacheShape& cache);

/// Outcome::profile_mismatch, with the cache and every pass in the message.
Error no_pass_for(std::span<const CachePass> passes, const protocol::CacheShape& cache);

}  // namespace inferscale::tensorrt
