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

}  // namespace
}  // namespace inferscale::study
