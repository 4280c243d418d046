#include "measure/capabilities.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "measure/measure.hpp"

namespace inferscale::measure {

using namespace protocol;

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Loads, and no more.
class Mute : public Backend {
 public:
  [[nodiscard]] WorkerInfo describe() const override { return {"mute", "none", "1", {}}; }
  Result<void> load(const LoadRequest&) override { return {}; }
};

class Passes : public Mute, public Forward {
 public:
  Result<void> prepare(std::span<const Shape>) override { return {}; }
  Result<LogitsView> forward(const TokenBatch&) override { return LogitsView{}; }
};

class Everything : public Passes, public Activations, public Builds {
 public:
  Result<std::vector<ActivationView>> activations(const TokenBatch&) override {
    return std::vector<ActivationView>{};
  }
  Result<Json> build(const BuildRequest&) override { return Json::object(); }
  [[nodiscard]] bool calibrates() const override { return own_calibrator; }
  bool own_calibrator = false;
};

TEST(Capabilities, FollowFromTheInterfacesThatABackendHas) {
  EXPECT_THAT(capabilities_of(Mute()), IsEmpty());
  EXPECT_THAT(capabilities_of(Passes()), ElementsAre("prefill", "generate", "score"));
  Everything all;
  EXPECT_THAT(capabilities_of(all), ElementsAre("prefill", "generate", "score", "activations", "build"));
  all.own_calibrator = true;
  EXPECT_EQ(capabilities_of(all).back(), "calibrate");
}

TEST(Capabilities, ThatABackendLacksAreUnsupported) {
  Mute mute;
  const auto refused = required<Forward>(mute, "score");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().outcome, Outcome::unsupported);
  EXPECT_EQ(refused.error().message, "worker 'mute' cannot 'score'");
  LoadRequest load;
  load.vocabulary = 5;
  MeasureRequest request;
  request.scenario = {"x", 1, 4};
  const auto measured = measure(mute, load, request);
  ASSERT_FALSE(measured);
  EXPECT_EQ(measured.error().outcome, Outcome::unsupported);
  EXPECT_THAT(measured.error().message, HasSubstr("does not run mode prefill"));
}

}  // namespace
}  // namespace inferscale::measure
