#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json.hpp"
#include "core/process.hpp"

namespace inferscale::cli {
namespace {
using testing::HasSubstr;

RunResult models(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {INFERSCALE_BIN_DIR "/inferscale", "models"});
  auto result = run_process({std::move(arguments), {}, {}}, {}, std::chrono::seconds(60));
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? *result : RunResult{};
}

TEST(ModelsCommand, ListsTheLadder) {
  const auto result = models({});
  EXPECT_EQ(result.status.code, 0);
  EXPECT_EQ(result.errors, "");
  EXPECT_EQ(result.output,
            "model      layers  hidden  heads     parameters   fp32 MB\n"
            "tiny-gpt2       2       2      2        102,714       0.4\n"
            "gpt2-5m         1      96      3      5,035,008      20.1\n"
            "gpt2-1m         3     192      3     11,180,928      44.7\n"
            "gpt2-25m        3     384      6     25,016,064     100.1\n"
            "gpt2-45m        6     512      8     45,171,200     180.7\n"
            "gpt2-50m        8     512      8     51,475,968     205.9\n"
            "gpt2-75m        5     768     12     74,824,704     299.3\n"
            "gpt2-100m       8     768     12     96,088,320     384.4\n"
            "gpt2           12     768     12    124,439,808     497.8\n");
}

TEST(ModelsCommand, PrintsJson) {
  const auto result = models({"--json"});
  const auto json = parse_json(result.output, "stdout");
  ASSERT_TRUE(json) << json.error().message;
  ASSERT_EQ(json->size(), 9U);
  EXPECT_EQ((*json)[8]["name"], "gpt2");
  EXPECT_EQ((*json)[8]["parameters"], 124'439'808);
  EXPECT_EQ((*json)[0]["inner"], 8);
}

TEST(ModelsCommand, DescribesShapesAndRefusesOtherNames) {
  EXPECT_THAT(models({"gpt2:layers=7,hidden=640,heads=10"}).output, HasSubstr("67,285,760"));
  const auto unknown = models({"gpt3"});
  EXPECT_EQ(unknown.status.code, 2);
  EXPECT_EQ(unknown.output, "");
  EXPECT_THAT(unknown.errors, HasSubstr("unknown model 'gpt3'"));
}

}  // namespace
}  // namespace inferscale::cli
