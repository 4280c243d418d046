#include "worker/activations.hpp"

#include <gmock/gmock.h>

#include <limits>

// The statistics that a worker makes of activations, and their message.

namespace inferscale::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Summarise, CountsMagnitudesFromZeroToTheRange) {
  const std::vector<float> values{0.0F, -0.9F, 1.0F, -2.5F, 4.0F, 9.0F};
  const auto summary = summarise({"x", values}, 4, 4.0);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->largest, 9);
  EXPECT_THAT(summary->counts, ElementsAre(2, 1, 1, 2));  // the last bin takes its end, and what lies beyond
  EXPECT_THAT(summarise({"x", values}, 0, 0)->counts, IsEmpty());
  EXPECT_THAT(summarise({"x", std::vector<float>{0.0F, 0.0F}}, 2, 0)->counts, ElementsAre(2, 0));
}

TEST(Summarise, NamesTheTensorThatIsNotFinite) {
  const std::vector<float> values{1.0F, std::numeric_limits<float>::quiet_NaN()};
  const auto summary = summarise({"h.0.ln_1", values}, 0, 0);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().outcome, Outcome::invalid_output);
  EXPECT_THAT(summary.error().message, HasSubstr("'h.0.ln_1'"));
}

TEST(ActivationsMessage, IsReadAsItWasWritten) {
  const protocol::ActivationsRequest request{{{1, 2}, {3, 4}}, 16, {{"a", 2.5}, {"b", 0}}};
  const auto read = protocol::parse_activations_request(to_json(request));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->tokens, request.tokens);
  EXPECT_EQ(read->bins, 16);
  EXPECT_EQ(read->ranges, request.ranges);
  const auto reply = protocol::parse_activations_reply(
      to_json(protocol::ActivationsReply{{{"a", 1.5, {1, 2}}, {"b", 0, {}}}}), "worker");
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->tensors.at(0).largest, 1.5);
  EXPECT_THAT(reply->tensors.at(0).counts, ElementsAre(1, 2));
  EXPECT_THAT(reply->tensors.at(1).counts, IsEmpty());
}

TEST(ActivationsMessage, RefusesWhatItCannotMean) {
  const Json good = to_json(protocol::ActivationsRequest{{{1}}, 0, {}});
  for (const auto& [field, value] :
       std::vector<std::pair<const char*, Json>>{{"bins", -1},
                                                 {"bins", 1 << 20},
                                                 {"tokens", Json::parse("[[1],[1,2]]")},
                                                 {"tokens", Json::array()},
                                                 {"ranges", Json{{"a", -1}}},
                                                 {"colour", "red"}}) {
    Json bad = good;
    bad[field] = value;
    EXPECT_FALSE(protocol::parse_activations_request(bad)) << field << value;
  }
  for (const char* text :
       {R"({"tensors":3})", R"({"tensors":[{"name":"a"}]})", R"({"tensors":[{"name":"a","largest":-1}]})",
        R"({"tensors":[{"name":"a","largest":1,"counts":[-1]}]})"}) {
    EXPECT_FALSE(protocol::parse_activations_reply(Json::parse(text), "worker")) << text;
  }
}

}  // namespace
}  // namespace inferscale::worker
