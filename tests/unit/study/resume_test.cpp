#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "family/ladder.hpp"
#include "model/weights.hpp"
#include "record/study_run.hpp"
#include "run_fixture.hpp"

// What a study adds to the rows of an earlier run, and what it refuses to.

namespace inferscale::study {
namespace {

TEST_F(RunTest, AResumeSaysWhatCouldRunNowAndWritesNoRowTwice) {
  ASSERT_TRUE(run(1, 1, ":", "not installed"));
  set_log_level(LogLevel::info);
  ::testing::internal::CaptureStderr();
  const auto resumed = run(2, 1);
  const std::string said = ::testing::internal::GetCapturedStderr();
  ASSERT_TRUE(resumed) << resumed.error().message;
  EXPECT_EQ(resumed->unsupported, 1U);
  EXPECT_EQ(resumed->ok, 1U);
  EXPECT_THAT(said, ::testing::HasSubstr("its 1 rows of then stay"));
  ::testing::internal::CaptureStderr();
  ASSERT_TRUE(run(2, 1));
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), ::testing::Not(::testing::HasSubstr("rows of then")));
}

TEST_F(RunTest, EachRunThatAddsRowsSaysHowLongItTook) {
  const auto runs = [&] {
    return record::runs_of(*read_json_file(folder_.path() / "results" / "order" / "manifest.json"));
  };
  ASSERT_TRUE(run(2, 1));
  ASSERT_TRUE(run(2, 1));  // has nothing to add
  ASSERT_EQ(runs().size(), 1U);
  EXPECT_EQ(runs()[0].rows, 2U);
  EXPECT_GT(runs()[0].wall_s, 0);
  EXPECT_EQ(runs()[0].begun.size(), std::string("2026-11-28T23:52:19.285Z").size());
  ASSERT_TRUE(run(5, 1));
  ASSERT_EQ(runs().size(), 2U);
  EXPECT_EQ(runs()[1].rows, 3U);
}

TEST_F(RunTest, OtherWeightsUnderTheSameNameAreRefused) {
  const auto folder = small_model();
  const auto weights = folder / "model.safetensors";
  const auto config = *model::parse_model_name("gpt2:layers=1,hidden=4,heads=2,vocabulary=61,positions=32");
  ASSERT_TRUE(write_seeded_weights(config, 1, weights));
  const auto model = model::resolve_model(folder.string());
  ASSERT_TRUE(model) << model.error().message;
  auto body = test::filled(kWorker, "EVENTS", "'" + events_file().string() + "'");
  body = test::filled(test::filled(body, "LOADING", ":"), "MEASURING", ":");
  StudyBackend backend;
  backend.info.name = "w";
  backend.info.artifact = "safetensors";
  backend.worker = test::script_worker(folder_.path(), "worker",
                                       test::filled(body, "50257", std::to_string(model->config.vocabulary)));
  const auto first = run(1, 1, {folder.string()}, {backend});
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_EQ(first->ok, 1U);
  const auto again = run(2, 1, {folder.string()}, {backend});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->ok, 2U);
  ASSERT_TRUE(write_seeded_weights(config, 2, weights));
  const auto other = run(3, 1, {folder.string()}, {backend});
  ASSERT_FALSE(other);
  EXPECT_TRUE(other.error().usage);
  EXPECT_THAT(other.error().message, ::testing::HasSubstr("from another file than"));
  EXPECT_EQ(rows().size(), 2U);
}

TEST_F(RunTest, RowsOfAnUnknownMachineAreNotAddedTo) {
  ASSERT_TRUE(run(1, 1));
  std::filesystem::remove(folder_.path() / "results" / "order" / "environment.json");
  const auto resumed = run(2, 1);
  ASSERT_FALSE(resumed);
  EXPECT_THAT(resumed.error().message, ::testing::HasSubstr("has rows in raw/ but no environment.json"));
  EXPECT_EQ(rows().size(), 1U);
}

TEST_F(RunTest, AnAttemptThatMeasuredNothingLeavesTheLabelFree) {
  const auto broken = small_model();
  std::ofstream(broken / "model.safetensors") << "";
  StudyBackend backend;
  backend.info.name = "w";
  backend.info.artifact = "safetensors";
  backend.worker = std::filesystem::path("/nowhere");
  ASSERT_FALSE(run(1, 1, {broken.string()}, {backend}));
  const auto other = run(1, 1);
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ(other->ok, 1U);
}

}  // namespace
}  // namespace inferscale::study
