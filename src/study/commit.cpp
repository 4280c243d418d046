// Alone in its file, because each commit compiles it anew.
#include "study/commit.hpp"

#include "inferscale_commit.hpp"

namespace inferscale::study {

std::string_view commit() {
  return kCommit;
}

}  // namespace inferscale::study
