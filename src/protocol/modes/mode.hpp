#pragma once

#include <optional>
#include <string_view>

namespace inferscale::protocol {

/// The name of a mode in code. modes/descriptor.hpp says what each mode is; rows are sorted by these numbers,
/// so a new mode comes last.
enum class Mode {
  prefill,   ///< one forward pass over the prompt
  generate,  ///< greedy, uncached: the whole sequence again for each new token
  decode,    ///< greedy with a KV cache
};

/// Of a command or a request that names no mode.
inline constexpr Mode kDefaultMode = Mode::prefill;
/// Of a command that makes tokens one at a time.
inline constexpr Mode kCachedMode = Mode::decode;

/// As in plans, messages and rows.
std::string_view to_string(Mode mode);
std::optional<Mode> parse_mode(std::string_view text);

}  // namespace inferscale::protocol
