#include "protocol/capability.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::protocol {
namespace {

const Capability kPrefills = capability_of(Mode::prefill);

HelloReply hello(int minor, std::vector<std::string> can = {}) {
  HelloReply reply;
  reply.minor = minor;
  reply.worker.worker = "w";
  reply.can = std::move(can);
  return reply;
}

TEST(Capability, OfAnOlderWorkerIsWhatItsMinorVersionSays) {
  EXPECT_TRUE(can(hello(0), kPrefills));
  EXPECT_TRUE(can(hello(0), capability_of(Mode::generate)));
  EXPECT_FALSE(can(hello(0), kScores));
  EXPECT_TRUE(can(hello(1), kScores));
  EXPECT_FALSE(can(hello(1), kActivations));
  EXPECT_TRUE(can(hello(3), kBuilds));
  EXPECT_FALSE(can(hello(3), kCalibrates));
  EXPECT_TRUE(can(hello(4), kCalibrates));
  const auto old = require(hello(0), kScores);
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().outcome, Outcome::unsupported);
  EXPECT_EQ(old.error().message,
            "worker 'w' speaks protocol 1.0, and 'score' came with 1.1: bring it up to date");
}

TEST(Capability, ThatCameWithNoVersionMustBeSaid) {
  const Capability decodes = capability_of(Mode::decode);
  EXPECT_FALSE(can(hello(9), decodes));
  EXPECT_TRUE(can(hello(1, {"decode"}), decodes));
  EXPECT_EQ(require(hello(9), decodes).error().message,
            "worker 'w' does not say that it can 'decode': bring it up to date");
}

TEST(Capability, IsWhatAWorkerSaysWhateverItsMinorVersion) {
  const HelloReply reply = hello(4, {"prefill", "telepathy"});
  EXPECT_TRUE(can(reply, kPrefills));
  EXPECT_FALSE(can(reply, kBuilds));
  const auto refused = require(reply, kBuilds);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "worker 'w' cannot 'build': it can prefill, telepathy");
  EXPECT_TRUE(can(hello(0, {"build"}), kBuilds));
}

TEST(Capability, TravelsWithHello) {
  const auto read = parse_hello_reply(to_json(hello(4, {"prefill", "score"})), "w");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(read->can, ::testing::ElementsAre("prefill", "score"));
  EXPECT_FALSE(to_json(hello(4)).contains("can"));
}

/// A worker reads requests strictly: an older one would refuse a field that it does not know.
TEST(StepScores, AreAskedForOnlyWhereTheyAreWanted) {
  EXPECT_FALSE(to_json(StartRequest{{{1}}, 2}).contains("scores"));
  EXPECT_FALSE(to_json(StepRequest{{1}}).contains("scores"));
  EXPECT_EQ(to_json(StepRequest{{1}, true}).at("scores"), true);
  EXPECT_FALSE(to_json(ChosenReply{{1}}).contains("gaps"));
  const auto read = parse_start_request(to_json(StartRequest{{{1}}, 2, true}));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(read->scores);
}

TEST(StepScores, ThatAreMissingOrNoNumbersAreInvalidOutput) {
  const StepRequest request{{1, 2}, true};
  Json reply = to_json(ChosenReply{{3, 4}, {{-1, -2}, {0.5, 0}}});
  const auto read = parse_chosen_reply(reply, request, "w");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->scores.gaps, (std::vector<double>{0.5, 0}));
  EXPECT_FALSE(parse_chosen_reply(reply, StartRequest{{{1}, {2}}, 3, true}, "w")) << "start appends nothing";
  reply["gaps"] = {0.5, nullptr};
  const auto null = parse_chosen_reply(reply, request, "w");
  ASSERT_FALSE(null);
  EXPECT_EQ(null.error().outcome, Outcome::invalid_output);
  reply["gaps"] = {0.5};
  EXPECT_EQ(parse_chosen_reply(reply, request, "w").error().outcome, Outcome::invalid_output);
}

}  // namespace
}  // namespace inferscale::protocol
