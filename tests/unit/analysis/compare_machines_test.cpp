#include "analysis/compare_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/analysis/simulated.hpp"

namespace inferscale::analysis {

using namespace record;

namespace {

using test::make_row;
using ::testing::HasSubstr;

StudyResults machine(const std::string& name, const std::vector<Row>& rows) {
  StudyResults results;
  results.name = name;
  results.folder = name;
  results.plan = Plan{};
  results.environment = Json{{"processor", name}};
  results.dataset = test::build(rows);
  return results;
}

/// Two scenarios, 3 repetitions; the second scenario is twice as fast.
std::vector<Row> rows_of(const std::string& backend, double tok_s) {
  std::vector<Row> rows;
  for (int scenario = 0; scenario < 2; ++scenario) {
    for (int r = 0; r < 3; ++r) {
      rows.push_back(make_row("gpt2-5m", 5'035'008, backend,
                              protocol::builtin_scenarios()[static_cast<std::size_t>(scenario)], r,
                              tok_s * (1 + scenario) * (1 + 0.01 * (r - 1))));
    }
  }
  return rows;
}

std::vector<Row> together(std::vector<Row> a, const std::vector<Row>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(CompareMachines, EachCellSideBySideNeverPooled) {
  const std::vector<StudyResults> machines{machine("laptop", rows_of("onnxruntime-cpu", 100)),
                                           machine("server", rows_of("onnxruntime-cpu", 300))};
  const auto result = compare_machines(machines);
  ASSERT_EQ(result.cells.size(), 2U);
  for (const MachineRow& row : result.cells) {
    ASSERT_EQ(row.machines.size(), 2U);
    EXPECT_EQ(row.machines[0].value.n, 3);  // its own, not 6
    EXPECT_EQ(row.machines[1].value.n, 3);
    EXPECT_FALSE(row.machines[0].ratio);
    ASSERT_TRUE(row.machines[1].ratio);
    EXPECT_NEAR(row.machines[1].ratio->ratio, 3, 1e-12);
    ASSERT_TRUE(row.machines[1].ratio->ci95);
    EXPECT_LT(row.machines[1].ratio->ci95->low, 3);
    EXPECT_GE(*row.machines[1].ratio->p_holm, *row.machines[1].ratio->p);
  }
  ASSERT_EQ(result.overall.size(), 1U);
  EXPECT_NEAR(result.overall[0].machines[0].value.mean, 150, 1e-9);
  EXPECT_NEAR(result.overall[0].machines[1].ratio->ratio, 3, 1e-9);
  EXPECT_EQ(result.overall[0].scenario, "");
}

TEST(CompareMachines, TheFastestOfEachWhereTheyShareNoBackend) {
  const std::vector<StudyResults> machines{
      machine("laptop", together(rows_of("onnxruntime-cpu", 100), rows_of("openvino-cpu", 200))),
      machine("server", rows_of("tensorrt-fp16", 5000))};
  const auto result = compare_machines(machines);
  EXPECT_TRUE(result.cells.empty());
  EXPECT_TRUE(result.overall.empty());
  ASSERT_EQ(result.fastest.size(), 1U);
  EXPECT_EQ(result.fastest[0].machines[0].backend, "openvino-cpu");
  EXPECT_EQ(result.fastest[0].machines[1].backend, "tensorrt-fp16");
  EXPECT_NEAR(result.fastest[0].machines[1].ratio->ratio, 25, 1e-9);
  const Json json = to_json(result);
  EXPECT_EQ(json["fastest"][0]["machines"][1]["backend"], "tensorrt-fp16");
  EXPECT_TRUE(json["fastest"][0]["backend"].is_null());
}

TEST(CompareMachines, OtherShapesAndOtherWorkHaveNoRatio) {
  auto other = rows_of("onnxruntime-cpu", 300);
  for (Row& row : other) {
    row.scenario.prompt_tokens += 1;
  }
  const std::vector<StudyResults> shapes{machine("a", rows_of("onnxruntime-cpu", 100)), machine("b", other)};
  EXPECT_TRUE(compare_machines(shapes).cells.empty());
  EXPECT_TRUE(compare_machines(shapes).overall.empty());

  std::vector<StudyResults> work{machine("a", rows_of("onnxruntime-cpu", 100)),
                                 machine("b", rows_of("onnxruntime-cpu", 300))};
  work[1].plan->logits = work[0].plan->logits == protocol::LogitsScope::all ? protocol::LogitsScope::last
                                                                            : protocol::LogitsScope::all;
  const auto result = compare_machines(work);
  EXPECT_THAT(result.no_ratio_because[1], HasSubstr("plan.logits"));
  ASSERT_EQ(result.cells.size(), 2U);  // shown, without a ratio
  EXPECT_FALSE(result.cells[0].machines[1].ratio);
}

TEST(CompareMachines, AThirdMachineWithoutACellHasAGap) {
  const std::vector<StudyResults> machines{machine("a", rows_of("openvino-cpu", 100)),
                                           machine("b", rows_of("onnxruntime-cpu", 200)),
                                           machine("c", rows_of("onnxruntime-cpu", 300))};
  const auto result = compare_machines(machines);
  ASSERT_EQ(result.overall.size(), 1U);
  EXPECT_EQ(result.overall[0].machines[0].value.n, 0);
  EXPECT_FALSE(result.overall[0].machines[2].ratio);  // ratios are to the first, which lacks it
  EXPECT_TRUE(to_json(result)["overall"][0]["machines"][0]["throughput_tok_s"].is_null());
}

}  // namespace
}  // namespace inferscale::analysis
