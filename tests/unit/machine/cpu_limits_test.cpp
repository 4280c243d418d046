#include "machine/cpu_limits.hpp"

#include <gtest/gtest.h>

#include <array>

namespace inferscale::machine {
namespace {

TEST(CpuLimits, HasARateOfEachKind) {
  const std::array cpus{0};
  const Json limits = measure_cpu_limits(cpus);
  EXPECT_EQ(limits.at("device"), "cpu");
  EXPECT_GT(limits.at("copy_gb_s").get<double>(), 0);
  EXPECT_GT(limits.at("read_gb_s").get<double>(), 0);
  EXPECT_GT(limits.at("matmul_gflop_s").at("fp32").get<double>(), 0);
}

}  // namespace
}  // namespace inferscale::machine
