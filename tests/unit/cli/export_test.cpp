#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/files.hpp"
#include "core/json.hpp"
#include "core/process.hpp"
#include "core/sha256.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kShape = "gpt2:layers=2,hidden=16,heads=2,vocabulary=61,positions=32";

class ExportCommand : public ::testing::Test {
 protected:
  RunResult run(std::vector<std::string> arguments) const {
    std::vector<std::string> all{INFERSCALE_BIN_DIR "/inferscale", "export", "--artifacts",
                                 (folder_ / "artifacts").string()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    auto result = run_process({std::move(all), {}, {}}, {}, std::chrono::seconds(120));
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? *result : RunResult{};
  }
  test::TemporaryFolder folder_;
  std::string file_ = (folder_ / "model.onnx").string();
};

TEST_F(ExportCommand, WritesTheGraphAndHowItWasMade) {
  const auto result = run({kShape, "--logits", "last", "-o", file_});
  EXPECT_EQ(result.status.code, 0) << result.errors;
  EXPECT_THAT(result.output, AllOf(StartsWith(file_), HasSubstr("opset 17")));
  const auto report = read_json_file(file_ + ".json");
  ASSERT_TRUE(report) << report.error().message;
  const Json& json = *report;
  EXPECT_EQ(json["model"], kShape);
  EXPECT_EQ(json["layers"], 2);
  EXPECT_EQ(json["parameters"], 8080);
  EXPECT_EQ(json["precision"], "fp32");
  EXPECT_EQ(json["mode"], "prefill");
  EXPECT_EQ(json["logits"], "last");
  EXPECT_EQ(json["opset"], 17);
  EXPECT_EQ(json["bytes"], std::filesystem::file_size(file_));
  EXPECT_EQ(json["sha256"], *sha256_file(file_));
  EXPECT_GE(json["seconds"].get<double>(), 0);
  EXPECT_TRUE(json["versions"].contains("onnx"));
}

TEST_F(ExportCommand, AFolderWithoutATokenizerIsWrongUsage) {
  const auto corpus = (folder_ / "corpus.txt").string();
  ASSERT_TRUE(write_file_atomic(corpus, "a line\n"));
  const auto result = run({kShape, "-o", file_, "--precision", "int8", "--corpus", corpus, "--tokenizer",
                           folder_.path().string()});
  EXPECT_EQ(result.status.code, 2);
  EXPECT_THAT(result.errors, HasSubstr("no tokenizer here"));
}

/// Not over the model's own weights, nor with FILE.json over its configuration.
TEST_F(ExportCommand, RefusesTheModelsOwnFiles) {
  const auto model = folder_ / "model";
  std::filesystem::copy(INFERSCALE_SOURCE_DIR "/tests/golden/parity/two-layers", model);
  const auto weights = *sha256_file(model / "model.safetensors");
  for (const char* output : {"model.safetensors", "config", "./model.safetensors"}) {
    const auto result = run({model.string(), "-o", (model / output).string()});
    EXPECT_EQ(result.status.code, 2) << output;
    EXPECT_THAT(result.errors, HasSubstr("a file of the model itself")) << output;
  }
  EXPECT_EQ(*sha256_file(model / "model.safetensors"), weights);
  EXPECT_EQ(run({model.string(), "-o", (model / "model.onnx").string()}).status.code, 0);
}

TEST_F(ExportCommand, WritesInt8WithScalesThatComeWithTheActivations) {
  const auto result = run({kShape, "--precision", "int8", "--dynamic", "--quantize-head", "-o", file_});
  EXPECT_EQ(result.status.code, 0) << result.errors;
  const auto report = read_json_file(file_ + ".json");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ((*report)["precision"], "int8");
  EXPECT_EQ((*report)["form"], "dynamic");
  EXPECT_EQ((*report)["quantize_head"], true);
}

TEST_F(ExportCommand, PrintsTheReportAsJson) {
  const auto result = run({kShape, "--json", "-o", file_});
  EXPECT_EQ(result.status.code, 0) << result.errors;
  const auto printed = parse_json(result.output, "stdout");
  ASSERT_TRUE(printed) << printed.error().message;
  EXPECT_EQ(*printed, *read_json_file(file_ + ".json"));
}

TEST_F(ExportCommand, LinksWeightsOfTheGraphsTypeWhenAsked) {
  const auto result = run({kShape, "--link-weights", "--json", "-o", file_});
  EXPECT_EQ(result.status.code, 0) << result.errors;
  const auto printed = parse_json(result.output, "stdout");
  ASSERT_TRUE(printed) << printed.error().message;
  ASSERT_EQ((*printed)["linked_weights"].size(), 1U);
  const auto name = (*printed)["linked_weights"][0]["file"].get<std::string>();
  EXPECT_EQ(*sha256_file(folder_ / name), (*printed)["weights_sha256"].get<std::string>());
  EXPECT_FALSE(printed->contains("external_data"));
}

TEST_F(ExportCommand, WritesInt8InBlocks) {
  const auto result = run({kShape, "--precision", "int8", "--blocks", "-o", file_});
  EXPECT_EQ(result.status.code, 0) << result.errors;
  const auto report = read_json_file(file_ + ".json");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ((*report)["form"], "blocks");
  EXPECT_FALSE(report->contains("calibration"));
}

TEST_F(ExportCommand, WritesEveryPrecision) {
  std::set<std::string> hashes;
  for (const char* precision : {"fp32", "fp16", "bf16", "int4"}) {
    const auto result = run({kShape, "--precision", precision, "--json", "-o", file_});
    EXPECT_EQ(result.status.code, 0) << result.errors;
    const auto printed = parse_json(result.output, "stdout");
    ASSERT_TRUE(printed) << printed.error().message;
    EXPECT_EQ((*printed)["precision"], precision);
    EXPECT_TRUE(hashes.insert((*printed)["sha256"].get<std::string>()).second) << precision;
  }
}

TEST_F(ExportCommand, RefusesWhatItCannotExportWithExitCode2) {
  for (const auto& [arguments, word] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{kShape, "--precision", "int8", "--calibration", "luck"},
            "max, entropy or percentile, not 'luck'"},
           {{kShape, "--precision", "fp16", "--dynamic"}, "for --precision int8 only"},
           {{kShape, "--precision", "int4", "--blocks"}, "for --precision int8 only"},
           {{kShape, "--no-quantize-head"}, "--no-quantize-head is for --precision int4 only"},
           {{kShape, "--precision", "int8", "--no-quantize-head"}, "for --precision int4 only"},
           {{kShape, "--quantize-head"}, "for --precision int8 and int4 only"},
           {{kShape, "--mode", "decode", "--logits", "all"}, "gives the logits of the last position alone"},
           {{kShape, "--precision", "fp64"}, "--precision is fp32, fp16, bf16, int8 or int4, not 'fp64'"},
           {{kShape, "--mode", "generate"}, "--mode is prefill or decode, not 'generate'"},
           {{kShape, "--logits", "none"}, "--logits is all or last, not 'none'"},
           {{kShape, "--percentile", "50"}, "--percentile is for --calibration percentile only"},
           {{kShape, "--precision", "int8", "--percentile", "50"},
            "--percentile is for --calibration percentile only"},
           {{kShape, "--precision", "int8", "--calibration", "max", "--percentile", "50"},
            "--percentile is for --calibration percentile only"},
           {{kShape, "--precision", "int8", "--calibration", "percentile", "--percentile", "nan"},
            "--percentile: must be a number from 1e-06 to 100, not 'nan'"},
           {{"no-such-model"}, "unknown model 'no-such-model'"},
           {{"gpt2:layers=2,hidden=16,heads=3"}, "heads"}}) {
    auto with_output = arguments;
    with_output.insert(with_output.end(), {"-o", file_});
    const auto result = run(with_output);
    EXPECT_EQ(result.status.code, 2) << word;
    EXPECT_THAT(result.errors, AllOf(StartsWith("inferscale: "), HasSubstr(word)));
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
    EXPECT_EQ(result.output, "");
    EXPECT_FALSE(std::filesystem::exists(file_));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "artifacts")) << word;
  }
  EXPECT_EQ(run({kShape}).status.code, 2) << "without -o";
}

TEST_F(ExportCommand, ThatCannotWriteIsExitCode1) {
  const auto result = run({kShape, "-o", "/proc/self/model.onnx"});
  EXPECT_EQ(result.status.code, 1);
  EXPECT_THAT(result.errors, StartsWith("inferscale: cannot write '/proc/self/model.onnx"));
  const auto at_a_folder = run({kShape, "-o", folder_.path().string()});
  EXPECT_EQ(at_a_folder.status.code, 1);
  EXPECT_THAT(at_a_folder.errors, HasSubstr("it is a folder"));
}

}  // namespace
}  // namespace inferscale::cli
