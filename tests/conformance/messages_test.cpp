#include <gmock/gmock.h>

#include "workers.hpp"

// Every request type is answered as docs/reference/protocol.md says.

namespace inferscale::test {

using namespace protocol;

namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class Messages : public BackendTest {};

TEST_P(Messages, HelloDescribesTheWorker) {
  auto session = start();
  const auto hello = session.hello(soon());
  ASSERT_TRUE(hello) << hello.error().message;
  EXPECT_EQ(hello->protocol, 1);
  EXPECT_EQ(hello->worker.worker, GetParam().worker);
  EXPECT_FALSE(hello->worker.runtime_version.empty());
  const auto ended = session.shutdown(soon());
  EXPECT_TRUE(ended) << ended.error().message;
}

TEST_P(Messages, LoadReportsThreadsAndCpus) {
  auto session = start();
  const auto request = load_request(GetParam(), small_model(), LogitsScope::all);
  const auto loaded = session.load(request, soon());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_GE(loaded->load_s, 0);
  EXPECT_EQ(loaded->threads, request.threads);
  EXPECT_EQ(loaded->cpus, request.cpus);
  const auto ended = session.shutdown(soon());
  EXPECT_TRUE(ended) << ended.error().message;
}

TEST_P(Messages, MeasureSweepsBatchesAndLengths) {
  for (const LogitsScope scope : {LogitsScope::all, LogitsScope::last}) {
    auto session = start_loaded(small_model(), scope);
    for (const Mode mode : {Mode::prefill, Mode::generate}) {
      for (const auto& [batch, length] :
           std::vector<std::pair<int, int>>{{1, 1}, {4, 1}, {1, 25}, {3, 7}, {1, 1}}) {
        MeasureRequest request;
        request.scenario = {"sweep", batch, length};
        request.mode = mode;
        request.warmup_iterations = 1;
        request.stop.min_iterations = 2;
        request.stop.max_s = 0.05;
        const auto measured = session.measure(request, soon());
        ASSERT_TRUE(measured) << measured.error().message;
        const int longest = mode == Mode::prefill ? length : length + 7;
        EXPECT_THAT(measured->output_shape, ElementsAre(batch, scope == LogitsScope::all ? longest : 1,
                                                        small_model().config.vocabulary));
        EXPECT_THAT(measured->new_tokens, SizeIs(batch));
        EXPECT_THAT(measured->new_tokens, Each(SizeIs(mode == Mode::prefill ? 1 : 8)));
        EXPECT_GE(measured->iterations, 1);
        EXPECT_LE(measured->latency_ms.min, measured->latency_ms.median);
        EXPECT_LE(measured->latency_ms.median, measured->latency_ms.max);
      }
    }
    const auto ended = session.shutdown(soon());
    EXPECT_TRUE(ended) << ended.error().message;
  }
}

TEST_P(Messages, TheSameSeedGivesTheSameTokensInAFreshProcess) {
  MeasureRequest request;
  request.scenario = {"again", 2, 9};
  request.mode = Mode::generate;
  request.token_seed = 4711;
  request.stop.max_s = 0.02;
  std::vector<std::vector<std::int32_t>> first;
  for (int process = 0; process < 2; ++process) {
    auto session = start_loaded();
    const auto measured = session.measure(request, soon());
    ASSERT_TRUE(measured) << measured.error().message;
    if (process == 0) {
      first = measured->new_tokens;
    }
    EXPECT_EQ(measured->new_tokens, first);
  }
}

TEST_P(Messages, TheEndOfInputEndsTheWorker) {
  auto child = ChildProcess::start({{GetParam().executable.string()}, {}, {}});
  ASSERT_TRUE(child) << child.error().message;
  child->close_stdin();
  const auto status = child->wait_until(soon());
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 0);
  EXPECT_EQ(status->signal, 0);
}

INFERSCALE_FOR_EVERY_BACKEND(Messages);

}  // namespace
}  // namespace inferscale::test
