#include "core/side_by_side.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

namespace inferscale {
namespace {

const auto kAlways = [] { return true; };

TEST(SideBySide, DoesEachOnceAndInOrderWhenAlone) {
  std::vector<std::size_t> done;
  side_by_side(5, 1, kAlways, [&](std::size_t i) { done.push_back(i); });
  EXPECT_THAT(done, ::testing::ElementsAre(0, 1, 2, 3, 4));
}

TEST(SideBySide, RunsAsManyAtATimeAsItMay) {
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::vector<int> times(20);
  std::mutex mutex;
  side_by_side(times.size(), 3, kAlways, [&](std::size_t i) {
    {
      const std::scoped_lock lock(mutex);
      most = std::max<int>(most, ++running);
      ++times[i];
    }
    for (int wait = 0; wait < 500 && most < 3; ++wait) {  // the first ones wait for one another
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    --running;
  });
  EXPECT_EQ(most, 3);
  EXPECT_THAT(times, ::testing::Each(1));
}

TEST(SideBySide, BeginsNoMoreOnceItIsToStop) {
  std::atomic<int> done = 0;
  side_by_side(100, 2, [&] { return done < 10; }, [&](std::size_t) { ++done; });
  EXPECT_GE(done, 10);
  EXPECT_LE(done, 11);  // one more may have been asked before the tenth ended
}

}  // namespace
}  // namespace inferscale
