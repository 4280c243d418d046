#include "study/artifacts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "core/log.hpp"
#include "support/script_worker.hpp"
#include "support/temporary_folder.hpp"

// What is made before anything is measured, and what of it side by side.

namespace inferscale {
namespace {

/// Builds an engine, but not before PARTNERS builds have begun, or two seconds are over: then the engine says
/// that it was built alone.
constexpr const char* kBuildsWithOthers = R"sh(
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
    study.plan.scenarios = {builtin_scenarios()[0]};
    study.plan.modes = {Mode::prefill};
    study.plan.parallel_loads = parallel_loads;
    for (const char* name : kModels) {
      study.models.push_back(*resolve_model(name));
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

  Result<StudyInputs> make(const PreparedStudy& study) {
    RunOptions options;
    options.artifacts_root = folder_.path() / "artifacts";
    options.cancelled = [this] { return cancelled_; };
    return StudyInputs::make(study, study.order, options);
  }

  /// The engine of each model's first repetition.
  std::vector<std::string> engines(const PreparedStudy& study, const StudyInputs& inputs) {
    std::vector<std::string> contents;
    for (const auto& model : study.models) {
      Repetition repetition = study.order.front();
      repetition.model = model.name;
      const auto content = read_file(inputs.files(repetition).artifact);
      contents.push_back(content ? *content : content.error().message);
    }
    return contents;
  }

  test::TemporaryFolder folder_;
  bool cancelled_ = false;
};

TEST_F(ArtifactsTest, EnginesAreBuiltSideBySide) {
  const auto planned = study(2, "2");
  const auto inputs = make(planned);
  ASSERT_TRUE(inputs) << inputs.error().message;
  EXPECT_THAT(engines(planned, *inputs), ::testing::Each("together\n"));
}

TEST_F(ArtifactsTest, OneAfterTheOtherUnlessTold) {
  const auto planned = study(1, "2");
  const auto inputs = make(planned);
  ASSERT_TRUE(inputs) << inputs.error().message;
  // The largest model's comes first, and nobody joins it.
  EXPECT_THAT(engines(planned, *inputs), ::testing::ElementsAre("together\n", "alone\n"));
}

TEST_F(ArtifactsTest, AreListedLargestModelFirstWhateverWasDoneFirst) {
  const auto planned = study(2, "1");
  const auto inputs = make(planned);
  ASSERT_TRUE(inputs) << inputs.error().message;
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

TEST_F(ArtifactsTest, ACancelledStudyMakesNothingMore) {
  cancelled_ = true;
  const auto planned = study(2, "1");
  const auto inputs = make(planned);
  ASSERT_TRUE(inputs) << inputs.error().message;
  EXPECT_THAT(inputs->artifacts(), ::testing::IsEmpty());
}

TEST_F(ArtifactsTest, AStoreThatCannotBeWrittenEndsTheStudyWithItsReason) {
  auto planned = study(2, "1");
  ASSERT_TRUE(write_file_atomic(folder_.path() / "artifacts", "a file where the store should be"));
  const auto inputs = make(planned);
  ASSERT_FALSE(inputs);
  EXPECT_THAT(inputs.error().message, ::testing::HasSubstr("artifacts"));
}

}  // namespace
}  // namespace inferscale
