#include "artifact/model_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/files.hpp"
#include "protocol/needs.hpp"
#include "support/script_worker.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::artifact {
namespace {

using ::testing::HasSubstr;

// Says hello, and then answers a build request by writing the engine it is asked for, and a line into the
// file `builds`. MINOR is what it knows.
constexpr const char* kBuilds = R"sh(
read -r line
echo '{"type":"hello","protocol":1,"minor":MINOR,"worker":"smith","runtime":"S","runtime_version":"1","backends":[]}'
read -r line
engine=$(printf '%s' "$line" | sed 's/.*"engine":"\([^"]*\)".*/\1/')
echo "engine of $(printf '%s' "$line" | sed 's/.*"backend":"\([^"]*\)".*/\1/')" >"$engine"
echo "$line" >>"$(dirname "$0")/builds"
echo '{"type":"built","build_s":1.5,"details":{"layers":7}}'
read -r line
)sh";

constexpr const char* kRunsOutOfMemory = R"(
read -r line
echo '{"type":"hello","protocol":1,"minor":3,"worker":"smith","runtime":"S","runtime_version":"1","backends":[]}'
read -r line
echo '{"type":"error","outcome":"out_of_memory","message":"TensorRT failed: OutOfMemory"}'
read -r line
)";

constexpr const char* kLies = R"(
read -r line
echo '{"type":"hello","protocol":1,"minor":3,"worker":"smith","runtime":"S","runtime_version":"1","backends":[]}'
read -r line
echo '{"type":"built","build_s":1}'
read -r line
)";

// Builds two engines of one process, and names its process in each.
constexpr const char* kBuildsTwo = R"sh(
read -r line
echo '{"type":"hello","protocol":1,"minor":3,"worker":"smith","runtime":"S","runtime_version":"1","backends":[]}'
for build in 1 2; do
  read -r line
  engine=$(printf '%s' "$line" | sed 's/.*"engine":"\([^"]*\)".*/\1/')
  echo "$$" >"$engine"
  echo '{"type":"built","build_s":1.5}'
done
read -r line
)sh";

class EnginesTest : public ::testing::Test {
 protected:
  FilesRequest request(const char* script, const char* minor = "3") {
    FilesRequest request;
    request.backend = {"smith-fp32", "cpu", "fp32", "engine", "fp32", ""};
    request.backend.artifact_key = "Smith 1.0, anvil";
    request.worker =
        test::script_worker(folder_.path(), "inferscale-worker-smith", test::filled(script, "MINOR", minor));
    request.scenarios = protocol::builtin_scenarios();
    request.modes = {protocol::Mode::prefill};
    return request;
  }
  Result<ModelFiles> make(const FilesRequest& request) {
    ArtifactStore store(folder_.path() / "artifacts");  // a fresh one each time, as in a fresh process
    return make_model_files(model_, request, store);
  }
  /// The build requests that the worker was sent.
  std::vector<Json> builds() {
    std::vector<Json> list;
    std::ifstream in(folder_.path() / "builds");
    for (std::string line; std::getline(in, line);) {
      list.push_back(*parse_json(line, "builds"));
    }
    return list;
  }

  test::TemporaryFolder folder_;
  model::Model model_ = *model::resolve_model("gpt2:layers=1,hidden=4,heads=2,vocabulary=61,positions=32");
};

TEST_F(EnginesTest, AreBuiltOneAfterAnotherByABuilderThatIsThere) {
  FilesRequest first = request(kBuildsTwo);
  auto builder = client::WorkerSession::start(first.worker);
  ASSERT_TRUE(builder) << builder.error().message;
  first.builder = &*builder;
  FilesRequest second = first;
  second.modes = {protocol::Mode::generate};
  second.new_tokens = 3;
  const auto made = make(first);
  const auto also = make(second);
  ASSERT_TRUE(made && !made->not_made && also && !also->not_made);
  EXPECT_NE(made->artifact, also->artifact);
  EXPECT_EQ(*read_file(made->artifact), *read_file(also->artifact));
}

TEST_F(EnginesTest, IsBuiltOnceAndFoundAgain) {
  const auto first = make(request(kBuilds));
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_FALSE(first->not_made) << first->not_made->message;
  EXPECT_EQ(*read_file(first->artifact), "engine of smith-fp32\n");
  EXPECT_TRUE(first->artifact.is_absolute());
  EXPECT_EQ(first->artifact.parent_path().filename(), "smith");
  const auto second = make(request(kBuilds));
  ASSERT_TRUE(second && !second->not_made);
  EXPECT_EQ(second->artifact, first->artifact);
  EXPECT_TRUE(second->artifacts.back().reused);
  ASSERT_EQ(builds().size(), 1U);
  EXPECT_EQ(builds()[0]["vocabulary"], 61);
  EXPECT_EQ(builds()[0]["profiles"].size(), 3U);  // batch_1, batch_4, wide
  EXPECT_THAT(builds()[0]["timing_cache"].get<std::string>(),
              HasSubstr("timing-caches/Smith_1.0__anvil.cache"));
  const auto json = read_json_file(first->artifacts.back().json);
  ASSERT_TRUE(json);
  EXPECT_EQ((*json)["build"]["layers"], 7);
  EXPECT_EQ((*json)["build_s"], 1.5);
  EXPECT_EQ((*json)["kind"], "smith");
  EXPECT_EQ((*json)["key"]["built_by"], "Smith 1.0, anvil");
}

TEST_F(EnginesTest, OfAGraphWithACacheIsBuiltForItsCaches) {
  auto decode = request(kBuilds);
  decode.backend = protocol::with_cached_graph(protocol::stated(decode.backend, "smith"), "fixed_cache");
  decode.modes = {protocol::Mode::decode};
  decode.backend.needs = protocol::needs_of(decode.backend, protocol::Mode::decode);
  decode.scenarios = {{"one", 1, 7}, {"two", 2, 7}, {"too_long", 1, 30}};
  const auto made = make(decode);
  ASSERT_TRUE(made && !made->not_made) << (made ? made->not_made->message : made.error().message);
  ASSERT_EQ(builds().size(), 1U);
  EXPECT_EQ(builds()[0]["caches"], Json::parse("[[1,7,64],[2,7,64]]"));
  EXPECT_THAT(builds()[0]["graph"].get<std::string>(), HasSubstr("decode-last-fixed_cache"));
  EXPECT_THAT(made->artifact.filename().string(), HasSubstr("smith-fp32-decode-last"));
  // An engine without a cache is asked for as ever.
  ASSERT_TRUE(make(request(kBuilds)));
  EXPECT_FALSE(builds().at(1).contains("caches"));
}

TEST_F(EnginesTest, OfAModelWithoutPositionsForAnyCacheIsNotBuilt) {
  auto decode = request(kBuilds);
  decode.backend = protocol::with_cached_graph(protocol::stated(decode.backend, "smith"), "fixed_cache");
  decode.modes = {protocol::Mode::decode};
  decode.backend.needs = protocol::needs_of(decode.backend, protocol::Mode::decode);
  decode.scenarios = {{"too_long", 1, 30}};
  const auto made = make(decode);
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(made->not_made);
  EXPECT_EQ(made->not_made->outcome, Outcome::unsupported);
  EXPECT_TRUE(builds().empty());
}

TEST_F(EnginesTest, WhateverDecidesItBuildsAnother) {
  const auto base = request(kBuilds);
  auto gpu = base;
  gpu.backend.artifact_key = "Smith 1.0, another anvil";
  auto runtime = base;
  runtime.backend.artifact_key = "Smith 1.1, anvil";
  auto shapes = base;
  shapes.modes = {protocol::Mode::generate};
  auto policy = base;
  policy.options = {{"profiles", "wide"}};
  auto weights = base;
  weights.seed = 7;
  auto logits = base;
  logits.logits = protocol::LogitsScope::last;
  std::size_t made = 0;
  for (const auto& wanted : {base, gpu, runtime, shapes, policy, weights, logits}) {
    const auto files = make(wanted);
    ASSERT_TRUE(files && !files->not_made);
    EXPECT_EQ(builds().size(), ++made);
  }
  ASSERT_TRUE(make(base));
  EXPECT_EQ(builds().size(), made);  // they lie side by side
}

TEST_F(EnginesTest, ACalibratorOfItsOwnGetsTheFp32GraphAndSamples) {
  auto wanted = request(kBuilds, "4");
  wanted.backend = {"smith-int8", "cuda", "int8", "engine", "int8", ""};
  wanted.options = {{"calibrator", "entropy2"}};
  const auto files = make(wanted);
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_FALSE(files->not_made) << files->not_made->message;
  ASSERT_EQ(builds().size(), 1U);
  const Json build = builds()[0];
  EXPECT_EQ(build["options"]["calibrator"], "entropy2");
  EXPECT_THAT(build["graph"].get<std::string>(), HasSubstr("/onnx/fp32-prefill"));
  EXPECT_THAT(build["calibration_samples"].get<std::string>(), HasSubstr("/calib/samples-"));
  EXPECT_THAT(build["calibration_cache"].get<std::string>(), HasSubstr("/calib/smith-int8-"));
  const auto samples = read_json_file(build["calibration_samples"].get<std::string>());
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_EQ((*samples)["tokens"].size(), 64U);
  EXPECT_EQ((*samples)["tokens"][0].size(), 32U);  // the model has no more positions

  wanted.options = {{"calibrator", "minmax"}};
  ASSERT_TRUE(make(wanted));
  ASSERT_EQ(builds().size(), 2U);
  EXPECT_NE(builds()[1]["calibration_cache"], build["calibration_cache"]);
  EXPECT_EQ(builds()[1]["calibration_samples"], build["calibration_samples"]);
  wanted.seed = 7;  // other weights, other samples
  ASSERT_TRUE(make(wanted));
  ASSERT_EQ(builds().size(), 3U);
  EXPECT_NE(builds()[2]["calibration_samples"], build["calibration_samples"]);
}

TEST_F(EnginesTest, AWorkerThatCannotCalibrateIsUnsupported) {
  auto wanted = request(kBuilds, "3");
  wanted.backend = {"smith-int8", "cuda", "int8", "engine", "int8", ""};
  wanted.options = {{"calibrator", "entropy2"}};
  const auto files = make(wanted);
  ASSERT_TRUE(files && files->not_made);
  EXPECT_EQ(files->not_made->outcome, Outcome::unsupported);
  EXPECT_THAT(files->not_made->message, HasSubstr("'calibrate' came with 1.4"));
  EXPECT_TRUE(builds().empty());
}

TEST_F(EnginesTest, AWorkerThatCannotBuildIsUnsupported) {
  const auto files = make(request(kBuilds, "2"));
  ASSERT_TRUE(files && files->not_made);
  EXPECT_EQ(files->not_made->outcome, Outcome::unsupported);
  EXPECT_THAT(files->not_made->message, HasSubstr("'build' came with 1.3"));
  EXPECT_TRUE(builds().empty());
}

TEST_F(EnginesTest, ForcedOrBrokenItIsBuiltAgain) {
  const auto files = make(request(kBuilds));
  ASSERT_TRUE(files && !files->not_made);
  std::filesystem::resize_file(files->artifact, 5);
  ASSERT_TRUE(make(request(kBuilds)));
  EXPECT_EQ(builds().size(), 2U);
  EXPECT_EQ(*read_file(files->artifact), "engine of smith-fp32\n");
  auto forced = request(kBuilds);
  forced.force_engine = true;
  ASSERT_TRUE(make(forced));
  EXPECT_EQ(builds().size(), 3U);
}

TEST_F(EnginesTest, AFailureKeepsItsOutcome) {
  const auto memory = make(request(kRunsOutOfMemory));
  ASSERT_TRUE(memory) << memory.error().message;
  ASSERT_TRUE(memory->not_made);
  EXPECT_EQ(memory->not_made->outcome, Outcome::out_of_memory);
  EXPECT_THAT(memory->not_made->message, HasSubstr("TensorRT failed: OutOfMemory"));
  const auto crash = make(request("kill -9 $$"));
  ASSERT_TRUE(crash && crash->not_made);
  EXPECT_EQ(crash->not_made->outcome, Outcome::crash);
  const auto liar = make(request(kLies));
  ASSERT_TRUE(liar && liar->not_made);
  EXPECT_THAT(liar->not_made->message, HasSubstr("which is not there"));
}

TEST_F(EnginesTest, AnUnknownPolicyIsAUsageError) {
  auto wrong = request(kBuilds);
  wrong.options = {{"profiles", "fine"}};
  const auto files = make(wrong);
  ASSERT_FALSE(files);
  EXPECT_TRUE(files.error().usage);
  EXPECT_THAT(files.error().message, HasSubstr("'profiles' is asked, wide, batch or scenario"));
}

}  // namespace
}  // namespace inferscale::artifact
