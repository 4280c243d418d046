#include "cache_passes.hpp"

#include <algorithm>

namespace inferscale::tensorrt {

using protocol::CacheShape;

CachePass prompt_pass(const CacheShape& cache) {
  return {cache.batch, cache.prompt, cache.prompt};
}

std::vector<CachePass> passes_of(std::span<const CacheShape> caches) {
  std::vector<CachePass> passes;
  for (const CacheShape& cache : caches) {
    for (const CachePass& pass : {prompt_pass(cache), CachePass{cache.batch, 1, cache.capacity}}) {
      if (!find_pass(passes, pass)) {
        passes.push_back(pass);
      }
    }
  }
  return passes;
}

std::optional<std::size_t> find_pass(std::span<const CachePass> passes, const CachePass& pass) {
  const auto found = std::find(passes.begin(), passes.end(), pass);
  return found == passes.end() ? std::nullopt
                               : std::optional(static_cast<std::size_t>(found - passes.begin()));
}

std::optional<std::size_t> find_step(std::span<const CachePass> passes, const CacheShape& cache) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < passes.size(); ++i) {
    const bool fits =
        passes[i].batch == cache.batch && passes[i].length == 1 && passes[i].capacity >= cache.capacity;
    if (fits && (!best || passes[i].capacity < passes[*best].capacity)) {
      best = i;
    }
  }
  return best;
}

Error no_pass_for(std::span<const CachePass> passes, const CacheShape& cache) {
  std::string list;
  for (const CachePass& pass : passes) {
    list +=
        fmt::format("{}[{}, {}] over {}", list.empty() ? "" : ", ", pass.batch, pass.length, pass.capacity);
  }
  return {
      fmt::format("a cache of {} sequences, of prompts of {} and up to {} tokens, fits no profile that the "
                  "engine was built with: {}; build it with a scenario of that shape",
                  cache.batch, cache.prompt, cache.capacity, list),
      Outcome::profile_mismatch};
}

}  // namespace inferscale::tensorrt
