#include "machine/gpu.hpp"

#include <gmock/gmock.h>

namespace inferscale::machine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kNoLibrary = "libno-such-nvml.so.1";

TEST(Gpu, IsAbsentWithoutADriver) {
  EXPECT_FALSE(Gpu::open(kNoLibrary));
  EXPECT_FALSE(Gpu::open("libm.so.6"));  // a library that is not NVML
}

TEST(Gpu, WithoutADriverTheReasonSaysWhatToDo) {
  const auto why = why_no_gpu(13, kNoLibrary);
  EXPECT_THAT(why, HasSubstr(kNoLibrary));
  EXPECT_THAT(why, HasSubstr("install the driver"));
}

TEST(Gpu, OnlyWhatSlowsItDownIsAThrottleReason) {
  EXPECT_THAT(throttle_reason_names(0), IsEmpty());
  EXPECT_THAT(throttle_reason_names(0x1 | 0x2), IsEmpty());  // idle, and clocks that the user set
  EXPECT_THAT(throttle_reason_names(0x4 | 0x1), ElementsAre("power_cap"));
  EXPECT_THAT(throttle_reason_names(0x40 | 0x8), ElementsAre("hardware_slowdown", "hardware_thermal"));
}

GpuSample sample_at(double seconds, double energy_mj) {
  GpuSample sample;
  sample.at =
      Clock::time_point(std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds)));
  sample.sm_mhz = 1980;
  sample.energy_mj = energy_mj;
  return sample;
}

TEST(Clocks, EnergyIsPerTokenBetweenTheSamples) {
  const Json json = clocks_json(sample_at(10, 5000), sample_at(10.5, 9000), 2000);
  EXPECT_DOUBLE_EQ(json["energy_mj_per_token"].get<double>(), 2.0);
  EXPECT_EQ(json["before"]["sm_mhz"], 1980);
  EXPECT_FALSE(json["before"].contains("temperature_c"));  // the driver did not say
  EXPECT_EQ(json["throttled"], false);
}

TEST(Clocks, EnergyOfATooShortLoopIsUnknown) {
  EXPECT_TRUE(clocks_json(sample_at(10, 5000), sample_at(10.05, 5100), 100)["energy_mj_per_token"].is_null());
  EXPECT_TRUE(clocks_json(sample_at(10, 5000), sample_at(11, 5000), 100)["energy_mj_per_token"].is_null());
}

TEST(Clocks, AReasonAtEitherEndMarksTheRepetitionThrottled) {
  for (const bool at_end : {false, true}) {
    auto before = sample_at(1, 0);
    auto after = sample_at(2, 0);
    (at_end ? after : before).throttle_reasons = {"hardware_thermal"};
    EXPECT_EQ(clocks_json(before, after, 1)["throttled"], true);
    EXPECT_THAT(throttled_because(clocks_json(before, after, 1)), ElementsAre("hardware_thermal"));
  }
}

TEST(Clocks, ReasonsAreReadBackOnceEach) {
  auto before = sample_at(1, 0);
  auto after = sample_at(2, 0);
  EXPECT_THAT(throttled_because(clocks_json(before, after, 1)), IsEmpty());
  before.throttle_reasons = {"power_cap"};
  after.throttle_reasons = {"software_thermal", "power_cap"};
  EXPECT_THAT(throttled_because(clocks_json(before, after, 1)), ElementsAre("power_cap", "software_thermal"));
}

TEST(Clocks, OfAnotherShapeAreNoneAndAReasonThatIsMissingIsUnknown) {
  for (const char* text :
       {"null", "3", "[]", "{}", R"({"throttled": "yes"})", R"({"throttled": false, "after": 3})"}) {
    EXPECT_THAT(throttled_because(Json::parse(text)), IsEmpty()) << text;
  }
  for (const char* text :
       {R"({"throttled": true})", R"({"throttled": true, "after": 3, "before": [1]})",
        R"({"throttled": true, "after": {"throttle_reasons": "x"}, "before": {"throttle_reasons": [1]}})"}) {
    EXPECT_THAT(throttled_because(Json::parse(text)), ElementsAre("unknown")) << text;
  }
}

}  // namespace
}  // namespace inferscale::machine
