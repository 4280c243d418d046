#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace inferscale {

/// Whose processes are looked for: all that a child started, whatever group or session they moved to.
struct ProcessMembers {
  pid_t leader =
      -1;  ///< it leads its group, and adopts what its children leave behind (PR_SET_CHILD_SUBREAPER)
  std::string tag;  ///< "NAME=VALUE" in its environment, which what it starts inherits

  /// Those that live, without this process: members of the leader's group, what descends from the leader, and
  /// what carries the tag. The last finds them when the leader has ended.
  [[nodiscard]] std::vector<pid_t> list() const;
  /// Resident memory of the same, MiB.
  [[nodiscard]] double rss_mb() const;
  /// SIGKILL to all but the leader, until none is left or new ones come faster than they can be ended.
  void kill_all_but_leader() const;
};

}  // namespace inferscale
