#include <gtest/gtest.h>

#include "core/json.hpp"
#include "run_fixture.hpp"
#include "study/commit.hpp"

// What a study writes down of the machine, and of itself.

namespace inferscale::study {
namespace {

class EnvironmentTest : public RunTest {
 protected:
  [[nodiscard]] Json environment() const {
    auto json = read_json_file(folder_.path() / "results" / "order" / "environment.json");
    return json ? std::move(*json) : Json(nullptr);
  }
};

TEST_F(EnvironmentTest, NamesTheCommitWhereTheBuildKnewIt) {
  ASSERT_TRUE(run(1, 1));
  EXPECT_EQ(environment().value("inferscale_commit", ""), commit());
  EXPECT_EQ(environment().contains("inferscale_commit"), !commit().empty());
}

TEST_F(EnvironmentTest, HasTheDiskThatTheResultsLieOn) {
  ASSERT_TRUE(run(1, 1));
  const Json disk = environment().value("disk", Json::object());
  EXPECT_GT(disk.value("total_bytes", 0.0), 0);
  EXPECT_LE(disk.value("free_bytes", 1e300), disk.value("total_bytes", 0.0));
}

TEST_F(EnvironmentTest, HasTheLibrariesThatAWorkerNames) {
  StudyBackend backend;
  backend.info.name = "w";
  backend.info.artifact = "none";
  backend.known_outcome = KnownOutcome{Outcome::unsupported, "not here"};
  ASSERT_TRUE(run(1, 1, {"tiny-gpt2"}, {backend}));
  EXPECT_FALSE(environment()["backends"]["w"].contains("libraries"));
  backend.info.libraries = {{"cuDNN", "9.10.2"}};
  ASSERT_TRUE(run(2, 1, {"tiny-gpt2"}, {backend}));
  EXPECT_EQ(environment()["backends"]["w"]["libraries"], (Json{{"cuDNN", "9.10.2"}}));
}

}  // namespace
}  // namespace inferscale::study
