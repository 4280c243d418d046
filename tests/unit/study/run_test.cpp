#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "run_fixture.hpp"

// The order of things in a study: what runs side by side, and what alone.

namespace inferscale::study {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(RunTest, OneAfterTheOtherUnlessTold) {
  const auto summary = run(2, 1);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->ok, 2U);
  EXPECT_THAT(events(), ElementsAre("load", "measure", "measured", "load", "measure", "measured"));
}

/// What others did between a "measure" and its "measured".
std::vector<std::string> meanwhile(const std::vector<std::string>& events) {
  std::vector<std::string> others;
  bool measuring = false;
  for (const auto& event : events) {
    if (event == "measure" || event == "measured") {
      EXPECT_NE(measuring, event == "measure") << "two are measured at a time";
      measuring = event == "measure";
    } else if (measuring) {
      others.push_back(event);
    }
  }
  return others;
}

TEST_F(RunTest, WorkersLoadSideBySideAndMeasureAlone) {
  const auto summary = run(7, 3);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->ok, 7U);
  const auto seen = events();
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "load"), 7);
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "measured"), 7);
  const auto first = std::find(seen.begin(), seen.end(), "measure");
  EXPECT_GE(std::count(seen.begin(), first, "load"), 3);
  EXPECT_THAT(meanwhile(seen), IsEmpty());
}

TEST_F(RunTest, WorkersThatStillLoadStandStillWhileOneIsMeasured) {
  // The first three are quick, so that the others are in the middle of it when the measuring begins.
  const auto count = "'" + events_file().string() + ".count'";
  const auto summary = run(8, 3,
                           "echo x >> " + count + "; n=0; [ $(wc -l < " + count +
                               ") -le 3 ] || while [ $n -lt 60 ]; do n=$((n+1)); echo tick >> '" +
                               events_file().string() + "'; sleep 0.002; done");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->ok, 8U);
  const auto seen = events();
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "measured"), 8);
  EXPECT_GE(std::count(seen.begin(), seen.end(), "tick"), 60);
  EXPECT_THAT(meanwhile(seen), IsEmpty());
}

TEST_F(RunTest, AWorkerThatDiesWhileLoadingCostsItsRowOnly) {
  // The first that comes here leaves a mark and dies.
  const auto mark = "'" + events_file().string() + ".mark'";
  const auto summary = run(3, 3, "mkdir " + mark + " 2>/dev/null && kill -SEGV $$");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->ok, 2U);
  EXPECT_EQ(summary->degraded, 1U);
}

/// Three cells, and workers that measure all of them.
class SharedWorkerTest : public RunTest {
 public:
  SharedWorkerTest() {
    share_workers_ = true;
    scenarios_.assign(protocol::builtin_scenarios().begin(), protocol::builtin_scenarios().begin() + 3);
  }

 protected:
  [[nodiscard]] std::ptrdiff_t count(const std::string& event) const {
    const auto seen = events();
    return std::count(seen.begin(), seen.end(), event);
  }
  /// Shell for measuring_: what the worker does then, once.
  [[nodiscard]] std::string at_the_second_measurement(const std::string& action) const {
    const auto events = events_file().string();
    return "[ $(grep -c '^measure$' '" + events + "') -eq 2 ] && mkdir '" + events +
           ".mark' 2>/dev/null && " + action;
  }
  [[nodiscard]] std::ptrdiff_t measured_by_shared_workers() const {
    const auto all = rows();
    return std::count_if(all.begin(), all.end(),
                         [](const record::Row& row) { return row.details.value("shared_worker", false); });
  }
};

TEST_F(SharedWorkerTest, OneProcessMeasuresEveryCellOnce) {
  const auto summary = run(2, 1);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->ok, 6U);
  EXPECT_THAT(events(),
              ElementsAre("load", "measure", "measured", "measure", "measured", "measure", "measured", "load",
                          "measure", "measured", "measure", "measured", "measure", "measured"));
  EXPECT_EQ(measured_by_shared_workers(), 6);
}

TEST_F(SharedWorkerTest, OneThatDoesNotLoadLeavesItsCellsToWorkersOfTheirOwn) {
  const auto mark = "'" + events_file().string() + ".mark'";
  const auto summary = run(2, 2, "mkdir " + mark + " 2>/dev/null && kill -SEGV $$");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->ok, 6U);
  EXPECT_EQ(count("load"), 2 + 3);
  EXPECT_EQ(measured_by_shared_workers(), 3);
}

TEST_F(SharedWorkerTest, OneThatDiesCostsTheCellItWasAtAndNoOther) {
  measuring_ = at_the_second_measurement("kill -SEGV $$");
  const auto summary = run(2, 1);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->ok, 5U);
  EXPECT_EQ(summary->degraded, 1U);
  EXPECT_EQ(count("load"), 2 + 1);
  EXPECT_EQ(measured_by_shared_workers(), 4);
  const auto all = rows();
  EXPECT_EQ(std::count_if(all.begin(), all.end(),
                          [](const record::Row& row) { return row.outcome == Outcome::crash; }),
            1);
}

TEST_F(SharedWorkerTest, OneThatIsOfNoUseAnyMoreCostsTheCellItWasAtAndNoOther) {
  measuring_ = at_the_second_measurement("broken=yes") + R"sh(
    [ "$broken" ] && { echo '{"type":"error","outcome":"out_of_memory","message":"no room"}'; continue; })sh";
  const auto summary = run(2, 1);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->ok, 5U);
  EXPECT_EQ(summary->degraded, 1U);
  EXPECT_EQ(count("load"), 2 + 1);
  EXPECT_EQ(measured_by_shared_workers(), 4);
}

TEST_F(SharedWorkerTest, WithoutAWorkerEveryCellHasTheReason) {
  const auto summary = run(2, 2, ":", "not installed");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->unsupported, 6U);
  EXPECT_TRUE(events().empty());
}

/// Builds an engine; the one that is LATE only when as many workers as LOADS have loaded others.
constexpr const char* kBuilder = R"sh(while read -r line; do case "$line" in
  *'"type":"hello"'*) echo '{"type":"hello","protocol":1,"minor":4,"worker":"w","runtime":"W","runtime_version":"1","backends":[]}';;
  *'"type":"build"'*)
    engine=$(printf '%s' "$line" | sed 's/.*"engine":"\([^"]*\)".*/\1/')
    case "$line" in *LATE*) n=0
      while [ "$(grep -c '^load' EVENTS)" -lt LOADS ] && [ $n -lt 500 ]; do n=$((n+1)); sleep 0.02; done;; esac
    BUILDING; echo built >> EVENTS; echo engine >"$engine"; echo '{"type":"built","build_s":0.1}';;
  *'"type":"load"'*) echo load >> EVENTS; echo '{"type":"loaded","load_s":0.1}';;
  *'"type":"measure"'*) echo measure >> EVENTS
    echo '{"type":"measured","warmup_iterations":1,"iterations":2,"latency_ms":{"mean":1,"median":1,"p90":1,"p99":1,"min":1,"max":1,"sd":0},"output_shape":[1,1,61],"new_tokens":[[7]]}';;
  *) exit 0;;
esac; done)sh";

/// Each repetition of two, in a study whose workers need engines.
class EnginesAreBuiltTest : public RunTest {
 protected:
  /// `backends` with what their graphs are made in.
  Result<RunSummary> run_engines(const std::vector<int>& layers,
                                 const std::vector<std::pair<std::string, std::string>>& backends,
                                 const std::string& late, const std::string& loads) {
    std::ofstream(events_file()).close();
    scenarios_ = {{"short", 1, 5}};
    auto body = test::filled(kBuilder, "EVENTS", "'" + events_file().string() + "'");
    body = test::filled(test::filled(body, "LATE", late), "LOADS", loads);
    body = test::filled(body, "BUILDING", building_);
    const auto worker = test::script_worker(folder_.path(), "worker", body);
    std::vector<std::string> models;
    for (const int count : layers) {
      models.push_back(fmt::format("gpt2:layers={},hidden=4,heads=2,vocabulary=61,positions=32", count));
    }
    std::vector<StudyBackend> built;
    for (const auto& [name, graph] : backends) {
      built.emplace_back().info = {name, "cpu", graph, "engine", graph, ""};
      built.back().worker = worker;
    }
    return run(1, 2, models, built,
               {{"tensorrt-int8", {{"calibrator", "minmax"}}}});  // the worker calibrates
  }
  /// How often `event` came before the last engine was built.
  [[nodiscard]] std::ptrdiff_t before_the_last_engine(const std::string& event) const {
    const auto order = events();
    const auto last_built = std::find(order.rbegin(), order.rend(), "built");
    return std::count(last_built, order.rend(), event);
  }

  std::string building_ = ":";  ///< what the worker does then, as shell
};

TEST_F(EnginesAreBuiltTest, WorkersLoadBesideTheLastEnginesAndNoneIsMeasuredThen) {
  const auto summary = run_engines({1, 2}, {{"w", "fp32"}}, "layers=2", "1");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->ok, 2U);
  EXPECT_EQ(before_the_last_engine("built"), 2);
  EXPECT_EQ(before_the_last_engine("measure"), 0) << "measured while an engine was built";
  EXPECT_EQ(before_the_last_engine("load"), 1) << "its files were there";
  // Accuracy loads too, and that is over before anything is measured.
  const auto order = events();
  const auto last_load = std::find(order.rbegin(), order.rend(), "load");
  EXPECT_EQ(std::count(order.rbegin(), last_load, "measure"), 2);
}

TEST_F(EnginesAreBuiltTest, NoWorkerLoadsWhileMoreEnginesWaitThanAreBuiltSideBySide) {
  // Two of three are built at a time. The largest waits for a load: none comes before the other two are done,
  // although there is time for it.
  building_ = "case \"$line\" in *layers=1*) sleep 0.4;; esac";
  const auto summary = run_engines({1, 2, 3}, {{"w", "fp32"}}, "layers=3", "1");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->ok, 3U);
  const auto order = events();
  const auto first_load = std::find(order.begin(), order.end(), "load");
  EXPECT_EQ(std::count(order.begin(), first_load, "built"), 2);
}

TEST_F(EnginesAreBuiltTest, AccuracyIsCheckedBesideTheEnginesThatAreCalibrated) {
  // The calibrated one waits for two loads: of the repetition, and of the check.
  const auto summary = run_engines({1}, {{"w", "fp32"}, {"tensorrt-int8", "int8"}}, "tensorrt-int8", "2");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->ok, 2U);
  EXPECT_EQ(before_the_last_engine("built"), 2);
  EXPECT_EQ(before_the_last_engine("load"), 2);
  const auto order = events();
  // It failed, as this worker knows no logits. So it was asked again when nothing was built any more: five
  // with the repetitions and the other's check.
  EXPECT_EQ(std::count(order.begin(), order.end(), "load"), 5);
}

TEST_F(RunTest, ABackendWithoutAnAnswerIsDegradedAndOneThatIsNotThereIsNot) {
  const auto absent = run(1, 1, ":", "not installed");
  ASSERT_TRUE(absent) << absent.error().message;
  EXPECT_EQ(absent->unsupported, 1U);
  EXPECT_EQ(absent->degraded, 0U);
  const auto silent = run(2, 1, ":", "did not answer", Outcome::timeout);
  ASSERT_TRUE(silent) << silent.error().message;
  EXPECT_EQ(silent->unsupported, 1U);  // the first row stays
  EXPECT_EQ(silent->degraded, 1U);
  EXPECT_TRUE(events().empty());
}

}  // namespace
}  // namespace inferscale::study
