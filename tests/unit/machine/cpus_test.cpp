#include "machine/cpus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "machine/environment.hpp"

namespace inferscale::machine {
namespace {

TEST(ChooseCpus, ZeroIsOneAPhysicalCore) {
  const auto cpus = choose_cpus(0);
  ASSERT_TRUE(cpus);
  EXPECT_EQ(cpus->size(), static_cast<std::size_t>(physical_core_count()));
}

TEST(ChooseCpus, GivesDifferentAllowedOnes) {
  const auto allowed = allowed_cpus();
  const auto cpus = choose_cpus(static_cast<int>(allowed.size()));
  ASSERT_TRUE(cpus);
  EXPECT_THAT(*cpus, ::testing::UnorderedElementsAreArray(allowed));
  EXPECT_EQ(choose_cpus(1)->size(), 1U);
}

TEST(ChooseCpus, RefusesMoreThanThereAre) {
  for (const int threads : {static_cast<int>(allowed_cpus().size()) + 1, -1}) {
    const auto cpus = choose_cpus(threads);
    ASSERT_FALSE(cpus);
    EXPECT_TRUE(cpus.error().usage);
  }
}

}  // namespace
}  // namespace inferscale::machine
