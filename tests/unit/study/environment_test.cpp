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

}  // namespace
}  // namespace inferscale::study
