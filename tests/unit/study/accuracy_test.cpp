#include "study/accuracy.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "core/log.hpp"
#include "support/script_worker.hpp"
#include "support/temporary_folder.hpp"

// When accuracy is checked, and that it ends when the study cannot go on.

namespace inferscale::study {
namespace {

class AccuracyTest : public ::testing::Test {
 public:
  AccuracyTest() {
    set_log_level(LogLevel::quiet);
    study_.plan.parallel_loads = 2;
    study_.models.push_back(
        *model::resolve_model("gpt2:layers=1,hidden=4,heads=2,vocabulary=61,positions=32"));
    StudyBackend& backend = study_.backends.emplace_back();
    backend.info = {"smith-fp32", "cpu", "fp32", "engine", "fp32", ""};
    backend.worker = test::script_worker(folder_.path(), "worker",
                                         R"sh(read -r line; touch "$(dirname "$0")/building"; sleep 60)sh");
    study_.cpus = {0};
  }
  AccuracyTest(const AccuracyTest&) = delete;
  AccuracyTest& operator=(const AccuracyTest&) = delete;
  ~AccuracyTest() override { set_log_level(LogLevel::info); }

 protected:
  void wait_for_the_build() const {
    while (!std::filesystem::exists(folder_.path() / "building")) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  test::TemporaryFolder folder_;
  PreparedStudy study_;
  artifact::ArtifactStore store_{folder_.path() / "artifacts"};
  ConcurrentWork work_;
};

TEST_F(AccuracyTest, WhatWasBegunIsOverBeforeAnythingIsTimed) {
  study_.backends[0].info.artifact = "none";  // nothing is to be checked
  Accuracy accuracy(study_, {}, folder_.path(), store_, work_);
  accuracy.begin([] { return false; });
  {
    const auto alone = work_.alone();
    EXPECT_TRUE(work_.prepared());
  }
  const auto quality = accuracy.finish();
  ASSERT_TRUE(quality) << quality.error().message;
  EXPECT_THAT(quality->results, ::testing::IsEmpty());
}

TEST_F(AccuracyTest, GivesUpWhenTheStudyCannotGoOn) {
  std::atomic<bool> failed = false;
  Accuracy accuracy(study_, {}, folder_.path(), store_, work_);
  accuracy.begin([&] { return failed.load(); });
  wait_for_the_build();
  EXPECT_FALSE(work_.prepared());
  failed = true;
  const auto quality = accuracy.finish();
  ASSERT_TRUE(quality) << quality.error().message;
  EXPECT_THAT(quality->results, ::testing::IsEmpty());
}

TEST_F(AccuracyTest, ItsEndEndsWhatWasBegun) {
  {
    Accuracy accuracy(study_, {}, folder_.path(), store_, work_);
    accuracy.begin([] { return false; });
    wait_for_the_build();
  }
  EXPECT_TRUE(work_.prepared());
}

}  // namespace
}  // namespace inferscale::study
