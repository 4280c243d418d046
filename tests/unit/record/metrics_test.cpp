#include "record/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "protocol/modes/descriptor.hpp"
#include "unit/record/samples.hpp"

namespace inferscale::record {
namespace {

TEST(Metrics, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const Metric& metric : kMetrics) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_EQ(find_metric(metric.name), &metric);
    EXPECT_EQ(&kMetrics[number_of(metric)], &metric);
  }
}

TEST(Metrics, EveryModeIsRankedByOne) {
  for (const protocol::ModeDescriptor* mode : protocol::modes()) {
    EXPECT_NE(find_metric(mode->ranked_by), nullptr) << mode->name;
    EXPECT_EQ(ranking_metric(mode->id).name, mode->ranked_by);
  }
}

TEST(Metrics, AreReadFromRows) {
  const Row row = test::ok_row({"m", "b", {"s", 1, 8}, protocol::Mode::generate, 0});
  const auto value = [&](std::string_view name) { return find_metric(name)->of(row); };
  EXPECT_EQ(value("throughput_tok_s"), 5000);
  EXPECT_EQ(value("latency_ms"), 1.5);
  EXPECT_EQ(value("latency_p50_ms"), 1.4);
  EXPECT_EQ(value("latency_p90_ms"), 1.9);
  EXPECT_EQ(value("latency_p99_ms"), 2.5);
  EXPECT_EQ(value("new_tok_s"), 3000);
  EXPECT_EQ(value("time_to_first_token_ms"), 0) << "generate has none";
  EXPECT_EQ(value("load_s"), 0.25);
  EXPECT_EQ(value("memory_peak_mb"), 130.5);
  EXPECT_EQ(value("gpu_memory_peak_mb"), 0);
  EXPECT_EQ(value("energy_mj_per_token"), 0) << "the loop was too short";
  Row measured = row;
  measured.time_to_first_token_ms = 40;
  EXPECT_EQ(find_metric("cold_start_ms")->of(measured), 290);
  EXPECT_EQ(value("cold_start_ms"), 0) << "generate has no first token";
  measured.clocks = {{"throttled", false}, {"energy_mj_per_token", 12.5}};
  EXPECT_EQ(kEnergy.of(measured), 12.5);
}

TEST(Metrics, AnAdvantageIsAbove1ForTheBetter) {
  EXPECT_EQ(advantage(kThroughput, 30, 20), 1.5);
  EXPECT_EQ(advantage(kLatency, 20, 30), 1.5);
}

TEST(Metrics, AnUnknownNameIsWrongUsage) {
  const auto metric = parse_metric("speed", "--metric");
  ASSERT_FALSE(metric);
  EXPECT_THAT(metric.error().message, testing::StartsWith("--metric is throughput_tok_s, latency_ms, "));
  EXPECT_THAT(metric.error().message, testing::EndsWith(" or price_per_million_tokens, not 'speed'"));
}

}  // namespace
}  // namespace inferscale::record
