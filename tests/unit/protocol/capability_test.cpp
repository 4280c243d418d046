#include "protocol/capability.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inferscale::protocol {
namespace {

HelloReply hello(int minor, std::vector<std::string> can = {}) {
  HelloReply reply;
  reply.minor = minor;
  reply.worker.worker = "w";
  reply.can = std::move(can);
  return reply;
}

TEST(Capability, OfAnOlderWorkerIsWhatItsMinorVersionSays) {
  EXPECT_TRUE(can(hello(0), Capability::prefill));
  EXPECT_TRUE(can(hello(0), Capability::generate));
  EXPECT_FALSE(can(hello(0), Capability::score));
  EXPECT_TRUE(can(hello(1), Capability::score));
  EXPECT_FALSE(can(hello(1), Capability::activations));
  EXPECT_TRUE(can(hello(4), Capability::build));
  const auto old = require(hello(0), Capability::score);
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().outcome, Outcome::unsupported);
  EXPECT_EQ(old.error().message,
            "worker 'w' speaks protocol 1.0, and 'score' came with 1.1: bring it up to date");
}

TEST(Capability, IsWhatAWorkerSaysWhateverItsMinorVersion) {
  const HelloReply reply = hello(4, {"prefill", "telepathy"});
  EXPECT_TRUE(can(reply, Capability::prefill));
  EXPECT_FALSE(can(reply, Capability::build));
  const auto refused = require(reply, Capability::build);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "worker 'w' cannot 'build': it can prefill, telepathy");
  EXPECT_TRUE(can(hello(0, {"build"}), Capability::build));
}

TEST(Capability, TravelsWithHello) {
  const auto read = parse_hello_reply(to_json(hello(4, {"prefill", "score"})), "w");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(read->can, ::testing::ElementsAre("prefill", "score"));
  EXPECT_FALSE(to_json(hello(4)).contains("can"));
}

}  // namespace
}  // namespace inferscale::protocol
