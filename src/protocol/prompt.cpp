#include "protocol/prompt.hpp"

namespace inferscale::protocol {

void fill_prompt(std::uint64_t seed, int vocabulary, std::span<std::int32_t> ids) {
  std::uint64_t state = seed;
  for (std::int32_t& id : ids) {
    state += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    z ^= z >> 31U;
    id = static_cast<std::int32_t>(z % static_cast<std::uint64_t>(vocabulary));
  }
}

}  // namespace inferscale::protocol
