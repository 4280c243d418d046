#include "study/started_worker.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "support/script_worker.hpp"
#include "support/temporary_folder.hpp"

// That a worker which is stopped for others to be measured loses none of its own time.

namespace inferscale::study {
namespace {

constexpr const char* kSlowToGreet = R"(while read -r line; do case "$line" in
  *'"type":"hello"'*) sleep 0.4
    echo '{"type":"hello","protocol":1,"minor":1,"worker":"w","runtime":"W","runtime_version":"1","backends":[]}';;
  *'"type":"load"'*) sleep 0.1; echo '{"type":"loaded","load_s":0.1}';;
  *) exit 0;;
esac; done)";

TEST(StartedWorker, APauseWhileItGreetsIsNotTakenFromItsLoading) {
  const test::TemporaryFolder folder;
  record::Plan plan;
  plan.timeout_s = 3;
  RepetitionSettings settings{&plan, {0}, [] { return false; }, &client::local_executor()};
  const model::Model model = *model::resolve_model("tiny-gpt2");
  StudyBackend backend;
  backend.info.name = "w";
  backend.worker = test::script_worker(folder.path(), "worker", kSlowToGreet);
  const std::vector<record::Repetition> one{
      {model.name, "w", protocol::builtin_scenarios()[0], protocol::Mode::prefill, 0}};
  auto worker = StartedWorker::start(one, model, backend, {}, settings);
  {
    const std::jthread loads([&] { worker.load(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    worker.pause();
    std::this_thread::sleep_for(std::chrono::milliseconds(3500));
    worker.resume();
  }
  ConcurrentWork work;
  EXPECT_GT(worker.loading_s(), 0) << worker.measure(0, work.alone()).error;
}

/// LOADED and DETAILS are what it says besides.
constexpr const char* kTalkative = R"(details=DETAILS
while read -r line; do case "$line" in
  *'"type":"hello"'*)
    echo '{"type":"hello","protocol":1,"minor":1,"worker":"w","runtime":"W","runtime_version":"1","backends":[]}';;
  *'"type":"load"'*) echo '{"type":"loaded",LOADED}';;
  *'"type":"measure"'*)
    printf '%s' '{"type":"measured","warmup_iterations":1,"iterations":2,"latency_ms":{"mean":1,"median":1,"p90":1,"p99":1,'
    printf '%s' '"min":1,"max":1,"sd":0},"output_shape":[1,8,50257],"new_tokens":[[7]],"details":{"note":"'
    echo "$details"'"}}';;
  *) exit 0;;
esac; done)";

/// The row of one repetition by that worker, which is asked for two threads on CPUs 0 and 1.
record::Row row_of_talkative(std::string_view loaded, std::string_view details) {
  const test::TemporaryFolder folder;
  record::Plan plan;
  RepetitionSettings settings{&plan, {0, 1}, [] { return false; }, &client::local_executor()};
  const model::Model model = *model::resolve_model("tiny-gpt2");
  StudyBackend backend;
  backend.info.name = "w";
  const auto body = test::filled(test::filled(kTalkative, "DETAILS", details), "LOADED", loaded);
  backend.worker = test::script_worker(folder.path(), "worker", body);
  const std::vector<record::Repetition> one{
      {model.name, "w", protocol::builtin_scenarios()[0], protocol::Mode::prefill, 0}};
  auto worker = StartedWorker::start(one, model, backend, {}, settings);
  worker.load();
  ConcurrentWork work;
  return worker.measure(0, work.alone());
}

TEST(StartedWorker, SaysInTheRowWhereItsWorkerRanOtherwiseThanAsked) {
  auto row = row_of_talkative(R"("load_s":0.1,"threads":64,"cpus":[6,5])", "short");
  EXPECT_EQ(row.error, "");
  EXPECT_EQ(row.details["note"], "short");
  EXPECT_EQ(
      record::not_as_asked(row),
      "threads: the worker says 64, and 2 were asked for; CPUs: the worker says 5 6, and 0 1 were asked for");
  row = row_of_talkative(R"("load_s":0.1,"threads":2,"cpus":[1,0])", "short");
  EXPECT_EQ(record::not_as_asked(row), std::nullopt) << row.error;
  row = row_of_talkative(R"("load_s":0.1)", "short");
  EXPECT_EQ(record::not_as_asked(row), std::nullopt) << row.error;
}

TEST(StartedWorker, KeepsNoDetailsWithoutEnd) {
  const auto row = row_of_talkative(R"("load_s":0.1)", R"($(head -c 3000000 /dev/zero | tr '\0' x))");
  EXPECT_EQ(row.outcome, Outcome::ok) << row.error;
  EXPECT_EQ(row.details, Json({{"left_out", "3000011 bytes of JSON: a row keeps at most 65536"}}));
}

TEST(StartedWorker, LoadTimesThatCannotBeAreInvalidOutput) {
  for (const char* loaded : {R"("load_s":-1)", R"("load_s":1e300)", R"("load_s":1,"prepare_s":-1)",
                             R"("load_s":1,"memory_mb":-1)"}) {
    EXPECT_EQ(row_of_talkative(loaded, "x").outcome, Outcome::invalid_output) << loaded;
  }
}

}  // namespace
}  // namespace inferscale::study
