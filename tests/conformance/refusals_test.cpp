#include <gmock/gmock.h>

#include "core/files.hpp"
#include "workers.hpp"

// What a worker cannot do is an error reply with the right outcome; the worker lives on.

namespace inferscale::test {

using namespace protocol;

namespace {

using ::testing::HasSubstr;

class Refusals : public BackendTest {
 protected:
  static MeasureRequest measure_request(int batch, int prompt_tokens, Mode mode = Mode::prefill) {
    MeasureRequest request;
    request.scenario = {"x", batch, prompt_tokens};
    request.mode = mode;
    request.stop.max_s = 0.02;
    return request;
  }

  template <class Reply>
  static void expect_refused(client::WorkerSession& session, const Result<Reply>& reply, Outcome outcome) {
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().outcome, outcome) << reply.error().message;
    ASSERT_TRUE(session.client().alive()) << reply.error().message;
  }
};

TEST_P(Refusals, AnUnknownBackendIsUnsupported) {
  auto session = start();
  auto request = load_request(GetParam(), small_model(), LogitsScope::all);
  request.backend = "no-such-backend";
  expect_refused(session, session.load(request, soon()), Outcome::unsupported);
}

TEST_P(Refusals, AMissingArtifactFailsToLoadAndTheNextLoadMayWork) {
  if (GetParam().info.artifact == "none") {
    GTEST_SKIP() << "it loads nothing";
  }
  auto session = start();
  const auto good = load_request(GetParam(), small_model(), LogitsScope::all);
  auto bad = good;
  bad.artifact = folder_ / "missing.onnx";
  bad.weights = folder_ / "missing.safetensors";
  expect_refused(session, session.load(bad, soon()), Outcome::load_failed);
  EXPECT_TRUE(session.load(good, soon()));
}

TEST_P(Refusals, ACorruptArtifactFailsToLoad) {
  if (GetParam().info.artifact == "none") {
    GTEST_SKIP() << "it loads nothing";
  }
  auto request = load_request(GetParam(), small_model(), LogitsScope::all);
  const auto whole =
      read_file(GetParam().info.artifact == "safetensors" ? request.weights : request.artifact);
  ASSERT_TRUE(whole);
  for (const std::string& content :
       {std::string(), std::string("not a model"), whole->substr(0, whole->size() / 2)}) {
    ASSERT_TRUE(write_file_atomic(folder_ / "corrupt", content));
    request.artifact = request.weights = folder_ / "corrupt";
    auto session = start();
    expect_refused(session, session.load(request, soon()), Outcome::load_failed);
  }
}

TEST_P(Refusals, AWrongVocabularyNeverPasses) {
  if (GetParam().info.artifact == "none") {
    GTEST_SKIP() << "it loads nothing";
  }
  auto session = start();
  auto request = load_request(GetParam(), small_model(), LogitsScope::all);
  request.vocabulary += 1;
  expect_refused(session, session.load(request, soon()), Outcome::load_failed);
}

TEST_P(Refusals, ATooLongSequenceIsAProfileMismatch) {
  auto session = start_loaded();
  const int positions = small_model().config.positions;
  expect_refused(session, session.measure(measure_request(1, positions + 1), soon()),
                 Outcome::profile_mismatch);
  expect_refused(session, session.measure(measure_request(1, positions, Mode::generate), soon()),
                 Outcome::profile_mismatch);
  const LogitsRequest logits{{std::vector<std::int32_t>(static_cast<std::size_t>(positions) + 1, 1)},
                             folder_ / "logits"};
  expect_refused(session, session.logits(logits, soon()), Outcome::profile_mismatch);
  EXPECT_TRUE(session.measure(measure_request(1, positions), soon()));
}

TEST_P(Refusals, DecodeIsUnsupportedOfAWorkerOrGraphWithoutACache) {
  if (loads_the_weights(GetParam().info)) {
    GTEST_SKIP() << "what it loads serves every mode";
  }
  auto session = start_loaded();
  expect_refused(session, session.measure(measure_request(1, 4, Mode::decode), soon()), Outcome::unsupported);
}

TEST_P(Refusals, TokensOutsideTheVocabularyAreAnError) {
  auto session = start_loaded();
  for (const std::int32_t token : {-1, small_model().config.vocabulary}) {
    expect_refused(session, session.logits({{{1, token}}, folder_ / "logits"}, soon()), Outcome::error);
  }
}

TEST_P(Refusals, MeasuringBeforeLoadAndLoadingTwiceAreErrors) {
  auto session = start();
  expect_refused(session, session.measure(measure_request(1, 4), soon()), Outcome::error);
  const auto request = load_request(GetParam(), small_model(), LogitsScope::all);
  EXPECT_TRUE(session.load(request, soon()));
  expect_refused(session, session.load(request, soon()), Outcome::error);
}

TEST_P(Refusals, WhatIsNoRequestIsAnErrorReply) {
  auto client = client::WorkerClient::start(GetParam().executable);
  ASSERT_TRUE(client);
  const Json hello{{"type", "hello"}, {"protocol", 1}};
  for (const Json& request :
       {Json{{"type", "dance"}}, Json{{"protocol", 1}}, Json{{"type", "hello"}, {"protocol", 2}},
        Json{{"type", "hello"}}, Json{{"type", "hello"}, {"protocol", 1}, {"colour", "red"}},
        Json{{"type", "measure"}}, Json::array()}) {
    const auto reply = client->request(request, "hello", soon());
    ASSERT_FALSE(reply) << to_line(request);
    EXPECT_EQ(reply.error().outcome, Outcome::error);
    ASSERT_TRUE(client->alive()) << reply.error().message;
  }
  EXPECT_TRUE(client->request(hello, "hello", soon()));
}

INFERSCALE_FOR_EVERY_BACKEND(Refusals);

}  // namespace
}  // namespace inferscale::test
