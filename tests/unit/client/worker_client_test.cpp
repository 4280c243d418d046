#include "client/worker_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <fstream>
#include <thread>

#include "support/script_worker.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::client {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class WorkerClientTest : public ::testing::Test {
 protected:
  /// The error of one request to a worker with this body.
  Error error_of(std::string_view body, WorkerLimits limits = {}, std::chrono::milliseconds timeout = 20s) {
    auto client = start(body, std::move(limits));
    const auto reply = client.request({{"type", "measure"}}, "measured", Clock::now() + timeout);
    EXPECT_FALSE(reply);
    alive_afterwards_ = client.alive();
    return reply ? Error{} : reply.error();
  }

  WorkerClient start(std::string_view body, WorkerLimits limits = {}) {
    const auto worker = test::script_worker(folder_.path(), "worker", body);
    auto client = WorkerClient::start(worker, std::move(limits));
    EXPECT_TRUE(client);
    return std::move(*client);
  }

  test::TemporaryFolder folder_;
  bool alive_afterwards_ = false;
};

TEST_F(WorkerClientTest, ARequestHasItsReply) {
  auto client = start(R"(read -r line; echo "{\"type\":\"measured\",\"request\":$line}"; read -r line)");
  const auto reply = client.request({{"type", "measure"}, {"x", 1}}, "measured", Clock::now() + 20s);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ((*reply)["request"]["x"], 1);
  EXPECT_TRUE(client.shutdown(Clock::now() + 20s));
  EXPECT_FALSE(client.alive());
}

TEST_F(WorkerClientTest, InTheBackgroundItHasTheLowestPriority) {
  for (const bool background : {false, true}) {
    WorkerLimits limits;
    limits.background = background;
    auto client =
        start(R"(read -r line; echo "{\"type\":\"measured\",\"nice\":$(nice)}"; read -r line)", limits);
    const auto reply = client.request({{"type", "measure"}}, "measured", Clock::now() + 20s);
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ((*reply)["nice"], background ? 19 : ::getpriority(PRIO_PROCESS, 0));
  }
}

TEST_F(WorkerClientTest, NoDeadlineCountsTheTimeOfAPause) {
  auto client = start(R"(read -r line; echo '{"type":"measured"}'; read -r line)");
  auto pause = client.pause_switch();
  pause.pause();
  std::jthread resuming([&] {
    std::this_thread::sleep_for(1200ms);
    pause.resume();
  });
  const auto reply = client.request({{"type", "measure"}}, "measured", Clock::now() + 1s);
  EXPECT_TRUE(reply) << reply.error().message;
  resuming.join();
  EXPECT_GE(pause.total(), 1200ms);
}

TEST_F(WorkerClientTest, APausedWorkerCanBeEnded) {
  auto client = start("sleep 1000");
  auto pause = client.pause_switch();
  pause.pause();
  EXPECT_FALSE(client.shutdown(Clock::now() + 50ms));
  EXPECT_FALSE(client.alive());
  pause.resume();  // of one that is gone: nothing
}

TEST_F(WorkerClientTest, AnErrorReplyKeepsItsOutcomeAndTheWorker) {
  const auto error = error_of(
      R"(read -r x; echo '{"type":"error","outcome":"load_failed","message":"bad graph"}'; read -r x)");
  EXPECT_EQ(error.outcome, Outcome::load_failed);
  EXPECT_THAT(error.message, HasSubstr("bad graph"));
  EXPECT_TRUE(alive_afterwards_);
}

TEST_F(WorkerClientTest, ASignalIsACrashWithTheEndOfStderr) {
  const auto error = error_of("read -r x; echo 'about to fall' >&2; kill -SEGV $$");
  EXPECT_EQ(error.outcome, Outcome::crash);
  EXPECT_THAT(error.message, HasSubstr("signal 11"));
  EXPECT_THAT(error.message, HasSubstr("about to fall"));
  EXPECT_FALSE(alive_afterwards_);
}

TEST_F(WorkerClientTest, AnExitIsACrash) {
  const auto error = error_of("read -r x; exit 3");
  EXPECT_EQ(error.outcome, Outcome::crash);
  EXPECT_THAT(error.message, HasSubstr("exit code 3"));
}

TEST_F(WorkerClientTest, AnExitBeforeTheRequestIsACrashToo) {
  auto client = start("exit 3");
  std::this_thread::sleep_for(100ms);
  const auto reply = client.request({{"type", "measure"}}, "measured", Clock::now() + 20s);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().outcome, Outcome::crash);
  EXPECT_THAT(reply.error().message, HasSubstr("exit code 3"));
}

TEST_F(WorkerClientTest, ACleanExitWithoutAnAnswerIsACrash) {
  EXPECT_EQ(error_of("read -r x; exit 0").outcome, Outcome::crash);
}

TEST_F(WorkerClientTest, AHangIsATimeoutAndTheWholeGroupIsGone) {
  const auto pid_file = (folder_ / "grandchild").string();
  const auto error = error_of("sleep 600 & echo $! > " + pid_file + "; read -r x; wait", {}, 1500ms);
  EXPECT_EQ(error.outcome, Outcome::timeout);
  EXPECT_THAT(error.message, HasSubstr("gave no answer within "));
  EXPECT_FALSE(alive_afterwards_);
  pid_t grandchild = 0;
  ASSERT_TRUE(std::ifstream(pid_file) >> grandchild);
  for (int i = 0; i < 100 && ::kill(grandchild, 0) == 0; ++i) {  // init reaps it when it comes to it
    std::ifstream status("/proc/" + std::to_string(grandchild) + "/stat");
    std::string field;
    if (status >> field >> field >> field && field == "Z") {
      return;
    }
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_NE(::kill(grandchild, 0), 0);
}

TEST_F(WorkerClientTest, GarbageOnStdoutIsAnErrorWithAnExcerpt) {
  for (const char* line : {"Loading model... 100%", "[1]", "17", R"({"kind":"measured"})", R"({"type":3})"}) {
    const auto error = error_of(fmt::format("read -r x; echo '{}'; read -r x", line));
    EXPECT_EQ(error.outcome, Outcome::error);
    EXPECT_THAT(error.message, HasSubstr(line));
    EXPECT_FALSE(alive_afterwards_);
  }
}

TEST_F(WorkerClientTest, AnotherRepliesTypeIsAnError) {
  const auto error = error_of(R"(read -r x; echo '{"type":"loaded"}'; read -r x)");
  EXPECT_EQ(error.outcome, Outcome::error);
  EXPECT_THAT(error.message, HasSubstr("'loaded' where 'measured' was due"));
}

TEST_F(WorkerClientTest, AnErrorReplyWithoutAValidOutcomeIsAnError) {
  for (const char* reply : {R"({"type":"error"})", R"({"type":"error","outcome":"ok","message":"x"})",
                            R"({"type":"error","outcome":"sad","message":"x"})"}) {
    EXPECT_EQ(error_of(fmt::format("read -r x; echo '{}'; read -r x", reply)).outcome, Outcome::error);
    EXPECT_FALSE(alive_afterwards_);
  }
}

TEST_F(WorkerClientTest, ATornLineIsAnErrorWithAnExcerpt) {
  const auto error = error_of(R"(read -r x; printf '{"type":"meas')");
  EXPECT_EQ(error.outcome, Outcome::error);
  EXPECT_THAT(error.message, HasSubstr(R"({"type":"meas)"));
}

TEST_F(WorkerClientTest, AnEndlessLineIsAnError) {
  WorkerLimits limits;
  limits.max_line_bytes = 100000;
  const auto error = error_of("read -r x; yes | tr -d '\\n'", limits);
  EXPECT_EQ(error.outcome, Outcome::error);
  EXPECT_THAT(error.message, HasSubstr("100000 bytes"));
}

TEST_F(WorkerClientTest, ControlCharactersDoNotReachTheMessage) {
  const auto error = error_of(R"(read -r x; printf '\033[31mred\n'; read -r x)");
  EXPECT_THAT(error.message, Not(HasSubstr("\033")));
  EXPECT_THAT(error.message, HasSubstr("red"));
}

TEST_F(WorkerClientTest, MemoryOverTheLimitIsOutOfMemory) {
  WorkerLimits limits;
  limits.memory_mb = 60;
  const auto error =
      error_of("read -r x; big=$(tr '\\0' x </dev/zero | head -c 200000000); sleep 600", limits);
  EXPECT_EQ(error.outcome, Outcome::out_of_memory);
  EXPECT_THAT(error.message, HasSubstr("limit of 60 MiB"));
}

TEST_F(WorkerClientTest, BadAllocIsOutOfMemory) {
  const auto error = error_of(
      "read -r x; echo \"terminate called after throwing an instance of 'std::bad_alloc'\" >&2; kill -ABRT "
      "$$");
  EXPECT_EQ(error.outcome, Outcome::out_of_memory);
}

TEST_F(WorkerClientTest, CancellingEndsTheWorker) {
  WorkerLimits limits;
  const auto started = Clock::now();
  limits.cancelled = [&] { return seconds_since(started) > 0.3; };
  const auto error = error_of("read -r x; sleep 600", limits);
  EXPECT_THAT(error.message, HasSubstr("interrupted"));
  EXPECT_FALSE(alive_afterwards_);
}

/// What is left of a time that several requests share says nothing to whoever gave it.
TEST_F(WorkerClientTest, ATimeoutNamesTheLimitThatRequestsShare) {
  WorkerLimits limits;
  limits.shared_timeout_s = 1.2;
  const auto error = error_of("read -r x; sleep 600", limits, 100ms);
  EXPECT_EQ(error.outcome, Outcome::timeout);
  EXPECT_THAT(error.message, HasSubstr("was not done within the time limit of 1.2 s and was killed"));
}

TEST_F(WorkerClientTest, AWorkerThatWillNotEndIsKilledAtShutdown) {
  auto client = start("trap '' TERM; while true; do sleep 1; done");
  const auto ended = client.shutdown(Clock::now() + 300ms);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().outcome, Outcome::timeout);
}

TEST_F(WorkerClientTest, AnExitCodeAtShutdownIsACrash) {
  auto client = start("read -r x; exit 4");
  const auto ended = client.shutdown(Clock::now() + 20s);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().outcome, Outcome::crash);
}

TEST_F(WorkerClientTest, ALongErrorIsCutAndHasNoControlCharacters) {
  auto client = start(
      R"(read -r line; printf '{"type":"error","outcome":"error","message":"\\u001b[31m%0200000d"}\n' 7; read -r line)");
  const auto reply = client.request({{"type", "measure"}}, "measured", Clock::now() + 20s);
  ASSERT_FALSE(reply);
  EXPECT_THAT(reply.error().message, HasSubstr("worker: ?[31m000"));
  EXPECT_THAT(reply.error().message, HasSubstr("... (134469 bytes more)"));
  EXPECT_LT(reply.error().message.size(), 66'000U);
}

TEST_F(WorkerClientTest, AMissingExecutableIsAnErrorThatNamesIt) {
  const auto client = WorkerClient::start(folder_ / "no-such-worker");
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error().message, HasSubstr("no-such-worker"));
}

}  // namespace
}  // namespace inferscale::client
