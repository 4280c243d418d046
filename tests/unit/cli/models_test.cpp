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
            "model         layers  hidden  heads     parameters   fp32 MB\n"
            "tiny-gpt2          2       2      2        102,714       0.4\n"
            "gpt2-5m            1      96      3      5,035,008      20.1\n"
            "gpt2-1m            3     192      3     11,180,928      44.7\n"
            "gpt2-25m           3     384      6     25,016,064     100.1\n"
            "gpt2-45m           6     512      8     45,171,200     180.7\n"
            "gpt2-50m           8     512      8     51,475,968     205.9\n"
            "gpt2-75m           5     768     12     74,824,704     299.3\n"
            "gpt2-100m          8     768     12     96,088,320     384.4\n"
            "gpt2              12     768     12    124,439,808     497.8\n"
            "llama-15m          6     288      6     15,191,712      60.8\n"
            "smollm2-135m      30     576    9/3    134,515,008     538.1\n"
            "smollm2-360m      32     960   15/5    361,821,120    1447.3\n"
            "llama3.2-1b       16    2048   32/8  1,235,814,400    4943.3\n"
            "smollm2-1.7b      24    2048     32  1,711,376,384    6845.5\n"
            "llama3.2-3b       28    3072   24/8  3,212,749,824   12851.0\n"
            "llama3.1-8b       32    4096   32/8  8,030,261,248   32121.0\n"
            "qwen2.5-0.5b      24     896   14/2    494,032,768    1976.1\n");
}

TEST(ModelsCommand, PrintsJson) {
  const auto result = models({"--json"});
  const auto json = parse_json(result.output, "stdout");
  ASSERT_TRUE(json) << json.error().message;
  ASSERT_EQ(json->size(), 17U);
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
