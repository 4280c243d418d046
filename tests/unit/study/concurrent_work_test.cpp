#include "study/concurrent_work.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <latch>

// What may run while something is timed: nothing.

namespace inferscale::study {
namespace {

using Kind = ConcurrentWork::Kind;

TEST(ConcurrentWork, IsPreparedWhenWhatPreparesIsOver) {
  ConcurrentWork work;
  EXPECT_TRUE(work.prepared());
  std::latch go(1);
  const auto task = work.begin(Kind::prepares, [&] { go.wait(); });
  EXPECT_FALSE(work.prepared());
  EXPECT_FALSE(work.is_over(task));
  go.count_down();
  work.wait_for(task);
  EXPECT_TRUE(work.prepared());
  EXPECT_TRUE(work.is_over(task));
}

TEST(ConcurrentWork, AloneWaitsForWhatPreparesAndEnds) {
  ConcurrentWork work;
  std::atomic<int> over = 0;
  std::latch go(2);
  for (const Kind kind : {Kind::prepares, Kind::ends}) {
    work.begin(kind, [&] {
      go.arrive_and_wait();
      ++over;
    });
  }
  const auto alone = work.alone();
  EXPECT_EQ(over, 2);
}

TEST(ConcurrentWork, AloneStopsWhatLoadsAndLetsItGoOnAfterwards) {
  ConcurrentWork work;
  std::vector<std::string> seen;
  std::latch go(1);
  const auto loading = work.begin_loading(
      [&] { go.wait(); }, {[&] { seen.emplace_back("pause"); }, [&] { seen.emplace_back("resume"); }});
  {
    const auto alone = work.alone();
    seen.emplace_back("timed");
    EXPECT_FALSE(work.is_over(loading));
  }
  go.count_down();
  work.wait_for(loading);
  {
    const auto again = work.alone();
  }
  EXPECT_THAT(seen, ::testing::ElementsAre("pause", "timed", "resume")) << "and what is over needs no stop";
}

TEST(ConcurrentWork, AConditionIsAskedFirstAndAfterEveryChange) {
  ConcurrentWork work;
  work.wait_until([] { return true; });
  std::atomic<int> files = 0;
  const auto maker = work.begin(Kind::prepares, [&] {
    for (int i = 0; i < 100; ++i) {
      ++files;
      work.notify();
    }
  });
  work.wait_until([&] { return files == 100; });
  work.wait_until([&] { return work.is_over(maker); });
}

TEST(ConcurrentWork, AConditionMayBeginWork) {
  ConcurrentWork work;
  int begun = 0;
  std::vector<ConcurrentWork::Handle> tasks;
  work.wait_until([&] {
    if (begun < 3 && (tasks.empty() || work.is_over(tasks.back()))) {
      tasks.push_back(work.begin(Kind::ends, [] {}));
      ++begun;
    }
    return begun == 3 && work.is_over(tasks.back());
  });
  EXPECT_EQ(begun, 3);
}

TEST(ConcurrentWork, ItsEndWaitsForAllWork) {
  std::atomic<int> over = 0;
  {
    ConcurrentWork work;
    for (int i = 0; i < 8; ++i) {
      work.begin(Kind::prepares, [&] {
        work.begin(Kind::ends, [&] { ++over; });
        ++over;
      });
    }
    work.wait_until([&] { return over == 16; });
  }
  EXPECT_EQ(over, 16);
}

}  // namespace
}  // namespace inferscale::study
