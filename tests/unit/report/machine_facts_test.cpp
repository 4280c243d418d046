#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/sections.hpp"

namespace inferscale::report {
namespace {

using ::testing::Contains;
using ::testing::Pair;

TEST(MachineFacts, TheCommitStandsBesideTheVersion) {
  Json environment{{"inferscale_version", "0.2.0"}};
  EXPECT_THAT(machine_facts(environment), Contains(Pair("inferscale", "0.2.0")));
  environment["inferscale_commit"] = "2857bd734609-dirty";
  EXPECT_THAT(machine_facts(environment), Contains(Pair("inferscale", "0.2.0, commit 2857bd734609-dirty")));
}

}  // namespace
}  // namespace inferscale::report
