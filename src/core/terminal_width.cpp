#include "core/terminal_width.hpp"

#include <sys/ioctl.h>

namespace inferscale {

std::optional<std::size_t> terminal_width(int fd) {
  winsize size{};
  const bool known = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? std::optional<std::size_t>(size.ws_col) : std::nullopt;
}

}  // namespace inferscale
