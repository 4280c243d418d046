#pragma once

#include <cstddef>
#include <functional>

namespace inferscale {

/// Calls work(0), work(1), ... work(count - 1), begun in that order, up to `most` at a time, each on a thread
/// that outlives it: workers die with the thread that starts them. `go_on` is asked, by these threads, before
/// each; once it is false no more begin. Returns when all that began have ended.
void side_by_side(std::size_t count, std::size_t most, const std::function<bool()>& go_on,
                  const std::function<void(std::size_t)>& work);

}  // namespace inferscale
