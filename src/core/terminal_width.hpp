#pragma once

#include <cstddef>
#include <optional>

namespace inferscale {

/// Columns of the terminal that the descriptor is; none where it is no terminal, or one that does not say.
std::optional<std::size_t> terminal_width(int fd);

}  // namespace inferscale
