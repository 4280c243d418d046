#include "study/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "core/log.hpp"
#include "study/store.hpp"
#include "support/script_worker.hpp"
#include "support/temporary_folder.hpp"

// The order of things in a study: what runs side by side, and what alone.

namespace inferscale {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Answers as a worker does, and notes in a file what it is at.
constexpr const char* kWorker = R"(while read -r line; do case "$line" in
  *'"type":"hello"'*) echo '{"type":"hello","protocol":1,"minor":1,"worker":"w","runtime":"W","runtime_version":"1","backends":[]}';;
  *'"type":"load"'*) echo load >> EVENTS; LOADING; echo '{"type":"loaded","load_s":0.1}';;
  *'"type":"measure"'*) echo measure >> EVENTS; MEASURING; sleep 0.02; echo measured >> EVENTS
    echo '{"type":"measured","warmup_iterations":1,"iterations":2,"latency_ms":{"mean":1,"median":1,"p90":1,"p99":1,"min":1,"max":1,"sd":0},"output_shape":[1,1,50257],"new_tokens":[[7]]}';;
  *) exit 0;;
esac; done)";

class RunTest : public ::testing::Test {
 public:
  RunTest() { set_log_level(LogLevel::quiet); }
  RunTest(const RunTest&) = delete;
  RunTest& operator=(const RunTest&) = delete;
  ~RunTest() override { set_log_level(LogLevel::info); }  // other tests look at what is logged

 protected:
  /// `unavailable`: why the backend cannot run; empty when it can. Its rows then have the outcome.
  Result<RunSummary> run(int repetitions, int parallel_loads, const std::string& loading = ":",
                         const std::string& unavailable = {}, Outcome outcome = Outcome::unsupported) {
    auto body = test::filled(kWorker, "EVENTS", "'" + events_file().string() + "'");
    body = test::filled(test::filled(body, "LOADING", loading), "MEASURING", measuring_);
    PreparedStudy study;
    study.plan.name = study.plan.label = "order";
    study.plan.models = {"tiny-gpt2"};
    study.plan.backends = {"w"};
    study.plan.scenarios = scenarios_;
    study.plan.modes = {Mode::prefill};
    study.plan.repetitions = repetitions;
    study.plan.parallel_loads = parallel_loads;
    study.plan.share_workers = share_workers_;
    study.plan.logits = LogitsScope::last;
    study.plan.threads = 1;
    study.models.push_back(*resolve_model("tiny-gpt2"));
    StudyBackend backend;
    backend.info.name = "w";
    backend.info.artifact = "none";
    backend.worker = test::script_worker(folder_.path(), "worker", body);
    backend.unsupported_because = unavailable;
    backend.outcome_without_worker = outcome;
    study.backends.push_back(backend);
    study.order = schedule(study.plan);
    study.cpus = {0};
    RunOptions options;
    options.results_root = folder_.path() / "results";
    options.artifacts_root = folder_.path() / "artifacts";
    return run_study(study, options);
  }

  [[nodiscard]] std::vector<std::string> events() const {
    std::ifstream file(events_file());
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
      lines.push_back(line);
    }
    return lines;
  }
  [[nodiscard]] std::filesystem::path events_file() const { return folder_.path() / "events"; }
  [[nodiscard]] std::vector<Row> rows() const {
    const auto store = RowStore::open(folder_.path() / "results" / "order");
    return store ? store->rows() : std::vector<Row>{};
  }

  std::vector<Scenario> scenarios_{builtin_scenarios()[0]};
  bool share_workers_ = false;
  std::string measuring_ = ":";  ///< what the worker does then, as shell

  test::TemporaryFolder folder_;
};

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
    scenarios_.assign(builtin_scenarios().begin(), builtin_scenarios().begin() + 3);
  }

 protected:
  [[nodiscard]] std::ptrdiff_t count(const std::string& event) const {
    const auto seen = events();
    return std::count(seen.begin(), seen.end(), event);
  }
  [[nodiscard]] std::ptrdiff_t measured_by_shared_workers() const {
    const auto all = rows();
    return std::count_if(all.begin(), all.end(),
                         [](const Row& row) { return row.details.value("shared_worker", false); });
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
  const auto deaths = "'" + events_file().string() + ".mark'";
  measuring_ = "[ $(grep -c '^measure$' '" + events_file().string() + "') -eq 2 ] && mkdir " + deaths +
               " 2>/dev/null && kill -SEGV $$";
  const auto summary = run(2, 1);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->ok, 5U);
  EXPECT_EQ(summary->degraded, 1U);
  EXPECT_EQ(count("load"), 2 + 1);
  EXPECT_EQ(measured_by_shared_workers(), 4);
  const auto all = rows();
  EXPECT_EQ(
      std::count_if(all.begin(), all.end(), [](const Row& row) { return row.outcome == Outcome::crash; }), 1);
}

TEST_F(SharedWorkerTest, WithoutAWorkerEveryCellHasTheReason) {
  const auto summary = run(2, 2, ":", "not installed");
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->unsupported, 6U);
  EXPECT_TRUE(events().empty());
}

/// Builds an engine, the larger model's only when a worker has loaded the other's.
constexpr const char* kBuilder = R"sh(while read -r line; do case "$line" in
  *'"type":"hello"'*) echo '{"type":"hello","protocol":1,"minor":3,"worker":"w","runtime":"W","runtime_version":"1","backends":[]}';;
  *'"type":"build"'*)
    engine=$(printf '%s' "$line" | sed 's/.*"engine":"\([^"]*\)".*/\1/')
    case "$engine" in *layers=2*) n=0
      while ! grep -q '^load' EVENTS && [ $n -lt 250 ]; do n=$((n+1)); sleep 0.02; done;; esac
    echo built >> EVENTS; echo engine >"$engine"; echo '{"type":"built","build_s":0.1}';;
  *'"type":"load"'*) echo load >> EVENTS; echo '{"type":"loaded","load_s":0.1}';;
  *'"type":"measure"'*) echo measure >> EVENTS
    echo '{"type":"measured","warmup_iterations":1,"iterations":2,"latency_ms":{"mean":1,"median":1,"p90":1,"p99":1,"min":1,"max":1,"sd":0},"output_shape":[1,1,61],"new_tokens":[[7]]}';;
  *) exit 0;;
esac; done)sh";

TEST_F(RunTest, WorkersLoadWhileOtherEnginesAreBuiltAndNoneIsMeasuredThen) {
  std::ofstream(events_file()).close();
  PreparedStudy study;
  study.plan.name = study.plan.label = "order";
  study.plan.backends = {"w"};
  study.plan.scenarios = {{"short", 1, 5}};
  study.plan.modes = {Mode::prefill};
  study.plan.repetitions = 1;
  study.plan.parallel_loads = 2;
  study.plan.logits = LogitsScope::last;
  study.plan.threads = 1;
  for (const char* layers : {"1", "2"}) {
    study.models.push_back(
        *resolve_model(fmt::format("gpt2:layers={},hidden=4,heads=2,vocabulary=61,positions=32", layers)));
    study.plan.models.push_back(study.models.back().name);
  }
  StudyBackend backend;
  backend.info = {"w", "cpu", "fp32", "engine", "fp32", ""};
  backend.worker = test::script_worker(folder_.path(), "worker",
                                       test::filled(kBuilder, "EVENTS", "'" + events_file().string() + "'"));
  study.backends.push_back(backend);
  study.order = schedule(study.plan);
  study.cpus = {0};
  RunOptions options;
  options.results_root = folder_.path() / "results";
  options.artifacts_root = folder_.path() / "artifacts";
  const auto summary = run_study(study, options);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->ok, 2U);
  const auto order = events();
  const auto last_built = std::find(order.rbegin(), order.rend(), "built");
  const auto first_load = std::find(order.rbegin(), order.rend(), "load");
  EXPECT_EQ(std::count(order.begin(), order.end(), "built"), 2);
  EXPECT_EQ(std::count(last_built, order.rend(), "measure"), 0) << "measured while an engine was built";
  EXPECT_EQ(std::count(last_built, order.rend(), "load"), 1) << "its files were there";
  // Accuracy loads too, and that is over before anything is measured.
  EXPECT_EQ(std::count(order.rbegin(), first_load, "measure"), 2);
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

TEST_F(RunTest, AResumeSaysWhatCouldRunNowAndWritesNoRowTwice) {
  ASSERT_TRUE(run(1, 1, ":", "not installed"));
  set_log_level(LogLevel::info);
  ::testing::internal::CaptureStderr();
  const auto resumed = run(2, 1);
  const std::string said = ::testing::internal::GetCapturedStderr();
  ASSERT_TRUE(resumed) << resumed.error().message;
  EXPECT_EQ(resumed->unsupported, 1U);
  EXPECT_EQ(resumed->ok, 1U);
  EXPECT_THAT(said, ::testing::HasSubstr("its 1 rows of then stay"));
  ::testing::internal::CaptureStderr();
  ASSERT_TRUE(run(2, 1));
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), ::testing::Not(::testing::HasSubstr("rows of then")));
}

}  // namespace
}  // namespace inferscale
