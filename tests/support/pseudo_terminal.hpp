#pragma once

#include <pty.h>
#include <unistd.h>

namespace inferscale::test {

/// False in a chroot or container without /dev/pts: what a terminal sees cannot be tested there.
inline bool has_pseudo_terminals() {
  int ours = -1;
  int theirs = -1;
  if (::openpty(&ours, &theirs, nullptr, nullptr, nullptr) != 0) {
    return false;
  }
  ::close(theirs);
  ::close(ours);
  return true;
}

}  // namespace inferscale::test
