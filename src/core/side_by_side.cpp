#include "core/side_by_side.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace inferscale {

void side_by_side(std::size_t count, std::size_t most, const std::function<bool()>& go_on,
                  const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::vector<std::jthread> threads;  // joined before `next` goes
  for (std::size_t t = 0; t < std::min(count, most); ++t) {
    threads.emplace_back([&] {
      for (std::size_t i = next++; i < count && go_on(); i = next++) {
        work(i);
      }
    });
  }
}

}  // namespace inferscale
