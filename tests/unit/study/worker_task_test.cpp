#include "study/worker_task.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "unit/record/samples.hpp"

namespace inferscale::study {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

auto round_of(const record::Repetition& one) {
  return std::tie(one.number, one.model, one.backend);
}

TEST(WorkerTask, OwnWorkersAreOneARepetitionInTheirOrder) {
  const auto order = schedule(test::small_plan());
  const auto tasks = own_workers(order);
  ASSERT_THAT(tasks, SizeIs(order.size()));
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    EXPECT_THAT(tasks[i].repetitions, ElementsAre(i));
  }
  EXPECT_THAT(own_workers(std::vector<std::size_t>{7, 9})[1].repetitions, ElementsAre(9U));
}

TEST(WorkerTask, ASharedWorkerMeasuresEveryCellOfItsModelAndBackendOnce) {
  const auto order = schedule(test::small_plan());
  const auto tasks = shared_workers(order);
  ASSERT_THAT(tasks, SizeIs(12U));  // 2 models, 2 backends, 3 rounds
  std::set<std::size_t> all;
  int round = 0;
  for (const auto& task : tasks) {
    ASSERT_THAT(task.repetitions, SizeIs(4U));  // 2 scenarios, 2 modes
    const record::Repetition& first = order[task.repetitions.front()];
    for (const std::size_t one : task.repetitions) {
      EXPECT_EQ(round_of(order[one]), round_of(first));
      EXPECT_TRUE(all.insert(one).second);
    }
    EXPECT_GE(first.number, round) << "round after round";
    round = first.number;
  }
  EXPECT_THAT(all, SizeIs(order.size()));
}

TEST(WorkerTask, ASharedWorkerLoadsOneFile) {
  const auto order = schedule(test::small_plan());
  const auto files_of = [](const record::Repetition& one) { return static_cast<std::size_t>(one.mode); };
  const auto tasks = shared_workers(order, files_of);
  ASSERT_THAT(tasks, SizeIs(24U));  // a mode each
  for (const auto& task : tasks) {
    ASSERT_THAT(task.repetitions, SizeIs(2U));
    EXPECT_EQ(order[task.repetitions[0]].mode, order[task.repetitions[1]].mode);
  }
}

TEST(WorkerTask, WorkersThatAreReadyTogetherTakeTurnsInTheStudysOrder) {
  const std::vector<WorkerTask> tasks{{{0, 5}}, {{2, 3}}, {{1, 4}}};
  std::vector<std::tuple<std::size_t, std::size_t, std::size_t>> seen;
  for (const MeasureSlot& slot : measure_slots(tasks, 0, 2)) {
    seen.emplace_back(slot.repetition, slot.task, slot.index);
  }
  EXPECT_THAT(
      seen, ElementsAre(std::tuple{0, 0, 0}, std::tuple{2, 1, 0}, std::tuple{3, 1, 1}, std::tuple{5, 0, 1}));
}

TEST(WorkerTask, TheOrderOfRoundsIsThatOfItsWorkers) {
  const auto shuffled = schedule(test::small_plan());
  for (const std::size_t parallel : {1U, 4U, 5U, 64U}) {
    const auto order = in_rounds(shuffled, parallel);
    EXPECT_THAT(order, SizeIs(shuffled.size()));
    const auto tasks = shared_workers(order);
    std::vector<std::size_t> seen;
    for (std::size_t begin = 0; begin < tasks.size(); begin += parallel) {
      for (const MeasureSlot& slot : measure_slots(tasks, begin, std::min(begin + parallel, tasks.size()))) {
        EXPECT_EQ(slot.repetition, seen.size()) << "what is measured next, with " << parallel << " at a time";
        seen.push_back(slot.repetition);
      }
    }
    EXPECT_EQ(seen.size(), order.size());
  }
}

}  // namespace
}  // namespace inferscale::study
