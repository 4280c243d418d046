#include "study/artifacts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "core/files.hpp"
#include "core/log.hpp"
#include "support/script_worker.hpp"
#include "support/temporary_folder.hpp"

// What is made before anything is measured, and what of it side by side.

namespace inferscale::study {
namespace {

/// Builds an engine, but not before PARTNERS builds have begun, or two seconds are over: then the engine says
/// that it was built alone.
constexpr const char* kBuildsWithOthers = R"sh(
read -r line
echo '{"type":"hello","protocol":1,"minor":3,"worker":"smith","runtime":"S","runtime_version":"1","backends":[]}'
read -r line
engine=$(printf '%s' "$line" | sed 's/.*"engine":"\([^"]*\)".*/\1/')
here=$(dirname "$0")
echo begun >>"$here/begun"
n=0
while [ "$(wc -l <"$here/begun")" -lt PARTNERS ] && [ $n -lt 100 ]; do n=$((n+1)); sleep 0.02; done
if [ "$(wc -l <"$here/begun")" -lt PARTNERS ]; then echo alone; else echo together; fi >"$engine"
echo '{"type":"built","build_s":0.1,"details":{}}'
read -r line
)sh";

constexpr const char* kModels[] = {"gpt2:layers=1,hidden=4,heads=2,vocabulary=61,positions=32",
                                   "gpt2:layers=2,hidden=8,heads=2,vocabulary=61,positions=32"};

class ArtifactsTest : public ::testing::Test {
 public:
  ArtifactsTest() { set_log_level(LogLevel::quiet); }
  ArtifactsTest(const ArtifactsTest&) = delete;
  ArtifactsTest& operator=(const ArtifactsTest&) = delete;
  ~ArtifactsTest() override { set_log_level(LogLevel::info); }

 protected:
  PreparedStudy study(int parallel_loads, const std::string& partners) {
    PreparedStudy study;
    study.plan.name = study.plan.label = "made";
    study.plan.backends = {"smith-fp32"};
    study.plan.scenarios = {protocol::builtin_scenarios()[0]};
    study.plan.modes = {protocol::Mode::prefill};
    study.plan.parallel_loads = parallel_loads;
    for (const char* name : kModels) {
      study.models.push_back(*model::resolve_model(name));
      study.plan.models.push_back(study.models.back().name);
    }
    StudyBackend backend;
    backend.info = {"smith-fp32", "cpu", "fp32", "engine", "fp32", ""};
    backend.worker = test::script_worker(folder_.path(), "inferscale-worker-smith",
                                         test::filled(kBuildsWithOthers, "PARTNERS", partners));
    study.backends.push_back(backend);
    study.order = schedule(study.plan);
    study.cpus = {0};
    return study;
  }

  /// Begun, and with `wait` made.
  std::unique_ptr<StudyInputs> make(const PreparedStudy& study, bool wait = true) {
    options_.cancelled = [this] { return cancelled_.load(); };
    auto inputs = std::make_unique<StudyInputs>(study, pairs_of(study, study.order), study.plan.logits,
                                                options_, store_, work_);
    if (wait) {
      const auto made = inputs->wait();
      EXPECT_TRUE(made) << made.error().message;
    }
    return inputs;
  }

  /// The engine of each model's first repetition.
  std::vector<std::string> engines(const PreparedStudy& study, const StudyInputs& inputs) {
    std::vector<std::string> contents;
    for (const auto& model : study.models) {
      const auto content = read_file(inputs.files(ModelBackend{model.name, "smith-fp32"}).artifact);
      contents.push_back(content ? *content : content.error().message);
    }
    return contents;
  }

  test::TemporaryFolder folder_;
  std::atomic<bool> cancelled_ = false;
  RunOptions options_;
  artifact::ArtifactStore store_{folder_.path() / "artifacts"};
  ConcurrentWork work_;
};

TEST_F(ArtifactsTest, EnginesAreBuiltSideBySide) {
  const auto planned = study(2, "2");
  const auto inputs = make(planned);
  EXPECT_THAT(engines(planned, *inputs), ::testing::Each("together\n"));
}

TEST_F(ArtifactsTest, OneAfterTheOtherUnlessTold) {
  const auto planned = study(1, "2");
  const auto inputs = make(planned);
  // The largest model's comes first, and nobody joins it.
  EXPECT_THAT(engines(planned, *inputs), ::testing::ElementsAre("together\n", "alone\n"));
}

TEST_F(ArtifactsTest, AreListedLargestModelFirstWhateverWasDoneFirst) {
  const auto planned = study(2, "1");
  const auto inputs = make(planned);
  std::vector<std::string> folders;
  for (const auto& artifact : inputs->artifacts()) {
    folders.push_back(artifact.path.parent_path().parent_path().filename().string());
  }
  ASSERT_EQ(folders.size(), 6U);  // weights, graph and engine of two models
  EXPECT_EQ(folders[0], folders[2]);
  EXPECT_EQ(folders[3], folders[5]);
  EXPECT_THAT(folders[0], ::testing::HasSubstr("layers=2"));
  EXPECT_THAT(folders[3], ::testing::HasSubstr("layers=1"));
}

TEST_F(ArtifactsTest, IsReadyPairByPair) {
  const auto planned = study(1, "3");  // each waits two seconds for a third
  const auto inputs = make(planned, false);
  const auto of = [](const model::Model& model) { return ModelBackend{model.name, "smith-fp32"}; };
  const ModelBackend first = of(planned.models[1]);  // the larger one
  work_.wait_until([&] { return inputs->ready(first); });
  EXPECT_FALSE(inputs->finished());
  EXPECT_FALSE(work_.prepared());
  EXPECT_FALSE(inputs->ready(of(planned.models[0])));
  EXPECT_FALSE(inputs->files(first).artifact.empty());
  ASSERT_TRUE(inputs->wait());
  EXPECT_TRUE(inputs->finished());
  EXPECT_TRUE(inputs->ready(of(planned.models[0])));
}

TEST_F(ArtifactsTest, SaysWhatEachPairLoads) {
  const auto inputs = make(study(1, "1"));
  const record::StudyUses& uses = inputs->uses();
  ASSERT_EQ(uses.uses.size(), 2U);
  EXPECT_EQ(uses.models.size(), 2U);
  const record::ArtifactUse& use = uses.uses[0];
  EXPECT_EQ(use.backend, "smith-fp32");
  EXPECT_EQ(use.precision, "fp32");  // of the graph
  EXPECT_EQ(use.build_s, 0.1);
  EXPECT_GT(*use.seconds, 0);
  EXPECT_EQ(*use.bytes, 9);         // "together" and the end of its line
  ASSERT_EQ(use.files.size(), 2U);  // weights and engine
  EXPECT_TRUE(use.files[1].path.ends_with(".engine"));
  EXPECT_TRUE(std::filesystem::exists(store_.root() / use.files[1].path));
  EXPECT_EQ(use.files[1].sha256.size(), 64U);
}

/// A mode with needs of its own gets files of its own.
TEST_F(ArtifactsTest, AModeLoadsWhatItsOwnNeedsGive) {
  auto planned = study(1, "1");
  planned.backends[0].info.needs = {{"onnx", "", "fp32"}, {"onnx", "", "fp16", "", "", "generate"}};
  planned.plan.modes = {protocol::Mode::prefill, protocol::Mode::generate};
  planned.order = schedule(planned.plan);
  const auto inputs = make(planned);
  const auto file_of = [&](protocol::Mode mode) {
    record::Repetition one = planned.order.front();
    one.mode = mode;
    return inputs->files(one).artifact.filename().string();
  };
  EXPECT_THAT(file_of(protocol::Mode::prefill), ::testing::StartsWith("fp32-prefill"));
  EXPECT_THAT(file_of(protocol::Mode::generate), ::testing::StartsWith("fp16-prefill"));
  const auto& checked = inputs->files(pair_of(planned.order.front())).artifact;
  EXPECT_THAT(checked.filename().string(), ::testing::StartsWith("fp32-prefill"));
  const auto& uses = inputs->uses().uses;
  ASSERT_EQ(uses.size(), 4U);
  for (const record::ArtifactUse& use : uses) {
    EXPECT_EQ(use.precision, use.mode == protocol::Mode::generate ? "fp16" : "fp32");
  }
  // What one mode cannot have costs that mode alone.
  planned.backends[0].info.needs[1].format = "gguf";
  const auto others = make(planned);
  for (const auto& one : planned.order) {
    EXPECT_EQ(others->known_outcome(one) != nullptr, one.mode == protocol::Mode::generate);
  }
}

TEST_F(ArtifactsTest, ACancelledStudyMakesNothingMore) {
  cancelled_ = true;
  const auto planned = study(2, "1");
  const auto inputs = make(planned);
  EXPECT_THAT(inputs->artifacts(), ::testing::IsEmpty());
}

TEST_F(ArtifactsTest, ACalibrationThatIsCancelledIsNoFailure) {
  auto planned = study(2, "1");
  planned.backends[0].info = {"smith-int8", "cpu", "int8", "onnx", "int8", ""};
  planned.plan.backends = {"smith-int8"};
  planned.order = schedule(planned.plan);
  planned.calibration.worker = test::script_worker(folder_.path(), "calibrates", R"sh(
while read -r line; do case "$line" in
  *'"type":"hello"'*) echo '{"type":"hello","protocol":1,"minor":2,"worker":"w","runtime":"W","runtime_version":"1","backends":[]}';;
  *'"type":"load"'*) echo '{"type":"loaded","load_s":0.1}';;
  *'"type":"activations"'*) touch "$(dirname "$0")/calibrating"; sleep 60;;
esac; done
)sh");
  const auto inputs = make(planned, false);
  while (!std::filesystem::exists(folder_.path() / "calibrating")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  cancelled_ = true;
  const auto made = inputs->wait();
  EXPECT_TRUE(made) << made.error().message;
}

TEST_F(ArtifactsTest, AStoreThatCannotBeWrittenEndsTheStudyWithItsReason) {
  auto planned = study(2, "1");
  ASSERT_TRUE(write_file_atomic(folder_.path() / "artifacts", "a file where the store should be"));
  const auto inputs = make(planned, false);
  const auto made = inputs->wait();
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, ::testing::HasSubstr("artifacts"));
  EXPECT_TRUE(inputs->finished());
  EXPECT_TRUE(inputs->ready(pair_of(planned.order.front())));  // it never will be more than it is
}

}  // namespace
}  // namespace inferscale::study
