// examples/tr118v2, audited by the program: its findings are in audit.txt beside the tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "core/json.hpp"
#include "core/process.hpp"

namespace inferscale::audit {
namespace {

using ::testing::HasSubstr;

RunResult audit(const std::vector<std::string>& arguments) {
  std::vector<std::string> command{INFERSCALE_BIN_DIR "/inferscale", "audit"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto result = run_process({std::move(command), {}, {}}, {}, std::chrono::seconds(60));
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? *result : RunResult{};
}

const std::string kFolder = INFERSCALE_SOURCE_DIR "/examples/tr118v2";

TEST(Tr118Example, FindingsAreThoseBesideTheTables) {
  const auto expected = read_file(kFolder + "/audit.txt");
  ASSERT_TRUE(expected);
  const auto result = audit({kFolder});
  EXPECT_EQ(result.status.code, 1);  // something disagrees
  EXPECT_EQ(result.errors, "");
  EXPECT_EQ(result.output, *expected) << "if the change is meant: build/debug/bin/inferscale audit "
                                         "examples/tr118v2 > examples/tr118v2/audit.txt";
}

/// The published figure and its agreement, by the finding's name.
Json finding(const Json& audit, std::string_view what) {
  for (const auto& section : audit["sections"]) {
    for (const auto& one : section["findings"]) {
      if (one["what"] == what) {
        return one;
      }
    }
  }
  return Json{{"agreement", "no such finding"}, {"recomputed", ""}, {"published", ""}};
}

TEST(Tr118Example, JsonHasTheFitAndTheEffectSizes) {
  const auto result = audit({kFolder, "--json"});
  const auto json = parse_json(result.output, "stdout");
  ASSERT_TRUE(json);
  const auto crossover = finding(*json, "fit: crossover, M");
  EXPECT_EQ(crossover["published"], "76");
  EXPECT_THAT(crossover["recomputed"].get<std::string>(), HasSubstr("76.4"));
  EXPECT_EQ(crossover["agreement"], "agrees");
  EXPECT_EQ(finding(*json, "fit: 95% interval from, M")["agreement"], "disagrees");
  EXPECT_EQ(finding(*json, "fit: 95% interval to, M")["agreement"], "disagrees");
  const auto effect = finding(*json, "gpt2: transformers-gpu-compile - tensorrt-int8: Cohen's d");
  EXPECT_EQ(effect["published"], "-3.42");
  EXPECT_EQ(effect["agreement"], "disagrees");
  EXPECT_THAT(effect["recomputed"].get<std::string>(), HasSubstr("-28.5"));
}

}  // namespace
}  // namespace inferscale::audit
