#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/artifact_use.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

TEST(MachineFacts, TheCommitStandsBesideTheVersion) {
  Source source;
  source.environment = Json{{"inferscale_version", "0.2.0"}};
  EXPECT_THAT(machine_facts(source), Contains(Pair("inferscale", "0.2.0")));
  source.environment["inferscale_commit"] = "2857bd734609-dirty";
  EXPECT_THAT(machine_facts(source), Contains(Pair("inferscale", "0.2.0, commit 2857bd734609-dirty")));
}

Source study_of(int rows) {
  Source source;
  source.environment = Json{{"processor", "a processor"}};
  source.analysis.outcomes.resize(1);
  source.analysis.outcomes[0].outcomes.runs = rows;
  return source;
}

constexpr const char* kWallTime = "Wall time, with artifacts and accuracy";

TEST(MachineFacts, SayHowLongTheStudyTook) {
  Source source = study_of(720);
  EXPECT_THAT(machine_facts(source), Not(Contains(Key(kWallTime)))) << "a study from before 0.2.0";
  EXPECT_THAT(subject_of(source).text.words(), Not(HasSubstr("took")));
  source.manifest =
      Json{{"runs", {{{"begun", "2026-11-28T23:52:19.285Z"}, {"wall_s", 420.4}, {"rows", 600}}}}};
  EXPECT_THAT(
      machine_facts(source),
      Contains(Pair(kWallTime, "600 repetitions in 7 min 0 s; how long the others took is not known")));
  EXPECT_THAT(subject_of(source).text.words(), Not(HasSubstr("took")));
  source.manifest["runs"].push_back(
      {{"begun", "2026-11-29T00:10:00.000Z"}, {"wall_s", 89}, {"rows", 120}, {"later", "field"}});
  source.manifest["runs"].push_back("not understood");
  EXPECT_THAT(machine_facts(source),
              Contains(Pair(kWallTime,
                            "600 repetitions in 7 min 0 s; 120 repetitions in 1 min 29 s; together "
                            "720 repetitions in 8 min 29 s")));
  EXPECT_THAT(subject_of(source).text.words(), HasSubstr("took 8 min 29 s"));
}

TEST(MachineFacts, SayWhatMakingArtifactsTookByStage) {
  Source source = study_of(1);
  source.manifest = Json{{"uses", Json::array()}};
  const auto add = [&](const char* sha256, double seconds, std::optional<double> calibration,
                       std::optional<double> build) {
    record::ArtifactUse use;
    use.model = "m";
    use.backend = "b";
    use.files = {{"file", sha256}};
    use.seconds = seconds;
    use.calibration_s = calibration;
    use.build_s = build;
    source.manifest["uses"].push_back(to_json(use));
  };
  add("graph", 12, std::nullopt, std::nullopt);
  add("engine", 70, 4, 60);
  add("engine", 70, 4, 60);  // of another mode
  EXPECT_THAT(machine_facts(source), Contains(Pair("Making artifacts, one after another",
                                                   "graphs 18 s, calibration 4.0 s, engines 1 min 0 s")));
  source.manifest = Json::object();
  EXPECT_THAT(machine_facts(source), Not(Contains(Key("Making artifacts, one after another"))));
}

TEST(Words, Durations) {
  EXPECT_EQ(duration_text(0.84), "0.8 s");
  EXPECT_EQ(duration_text(12.3), "12 s");
  EXPECT_EQ(duration_text(59.7), "1 min 0 s");
  EXPECT_EQ(duration_text(509), "8 min 29 s");
  EXPECT_EQ(duration_text(7500), "2 h 5 min");
}

TEST(MachineFacts, CachesDiskAndLibraries) {
  Source source;
  source.environment = Json{{"caches", {{"l1d_bytes", 49152}, {"l2_bytes", 2097152}}},
                            {"disk", {{"total_bytes", 512e9}, {"free_bytes", 123.4e9}}},
                            {"backends", {{"transformers-cpu", {{"libraries", {{"Python", "3.11.7"}}}}}}}};
  EXPECT_THAT(machine_facts(source), Contains(Pair("Caches of a CPU", "L1d 48 KiB, L2 2 MiB")));
  EXPECT_THAT(machine_facts(source),
              Contains(Pair("Disk of the results, at the start", "123 GB free of 512 GB")));
  source.analysis.backends.resize(2);
  source.analysis.backends[0].name = "transformers-cpu";
  source.analysis.backends[1].name = "openvino-cpu";
  const std::string text = to_markdown({"", method_section(source)});
  EXPECT_THAT(text, ::testing::ContainsRegex("transformers-cpu .*\\| Python 3\\.11\\.7"));
  source.environment = Json::object();
  EXPECT_THAT(to_markdown({"", method_section(source)}), Not(HasSubstr("| With")));
}

}  // namespace
}  // namespace inferscale::report
