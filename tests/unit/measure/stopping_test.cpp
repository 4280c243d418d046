#include "measure/stopping.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

namespace inferscale::measure {

using namespace protocol;

namespace {

int iterations_until_stop(const StoppingRule& rule, const std::function<double()>& latency_s) {
  StoppingWatch watch(rule);
  while (!watch.add(latency_s())) {
  }
  return watch.iterations();
}

TEST(Stopping, EqualLatenciesStopAtTheMinimum) {
  StoppingRule rule;
  rule.min_iterations = 7;
  EXPECT_EQ(iterations_until_stop(rule, [] { return 0.001; }), 7);
}

TEST(Stopping, OneIterationIsNeverPrecise) {
  StoppingRule rule;
  rule.min_iterations = 1;
  EXPECT_EQ(iterations_until_stop(rule, [] { return 0.001; }), 2);
}

TEST(Stopping, TimeCapsTheLoop) {
  StoppingRule rule;
  rule.max_s = 0.095;
  rule.target_relative_half_width = 0;
  int i = 0;
  EXPECT_EQ(iterations_until_stop(rule, [&] { return 0.01 + 1e-4 * (i++ % 2); }), 10);
}

TEST(Stopping, TimeCapsEvenTheFirstIterations) {
  StoppingRule rule;
  rule.max_s = 1;
  EXPECT_EQ(iterations_until_stop(rule, [] { return 2.0; }), 1);
}

TEST(Stopping, MaximumCapsTheLoop) {
  StoppingRule rule;
  rule.max_iterations = 300;  // past the table of quantiles
  rule.max_s = 1e9;
  rule.target_relative_half_width = 0;
  int i = 0;
  EXPECT_EQ(iterations_until_stop(rule, [&] { return 1.0 + (i++ % 2); }), 300);
}

TEST(Stopping, HalfWidthIsStudents) {
  StoppingRule rule;
  rule.target_relative_half_width = 0;
  StoppingWatch watch(rule);
  for (const double value : {1.0, 2.0, 3.0, 4.0}) {
    watch.add(value * 1e-3);
  }
  // t(0.975, 3) = 3.182446305284263; sd = sqrt(5/3); mean = 2.5
  EXPECT_NEAR(watch.relative_half_width(), 3.182446305284263 * std::sqrt(5.0 / 3) / 2 / 2.5, 1e-12);
}

TEST(Stopping, QuantilesBeyondTheTableContinueIt) {
  StoppingRule rule;
  rule.target_relative_half_width = 0;
  rule.max_s = 1e9;
  StoppingWatch watch(rule);
  for (int i = 0; i < 1000; ++i) {
    watch.add(1.0 + (i % 2));
  }
  // t(0.975, 999) = 1.962341461; sd = sqrt(250 / 999), mean = 1.5
  EXPECT_NEAR(watch.relative_half_width(), 1.962341461 * std::sqrt(250.0 / 999) / std::sqrt(1000.0) / 1.5,
              1e-7);
}

TEST(Stopping, NoisyLatenciesStopWhenTheMeanIsPreciseEnough) {
  StoppingRule rule;
  rule.max_s = 1e9;
  std::mt19937 random(7);
  std::normal_distribution<double> noise(1.0, 0.1);
  StoppingWatch watch(rule);
  while (!watch.add(noise(random))) {
  }
  EXPECT_LE(watch.relative_half_width(), rule.target_relative_half_width);
  EXPECT_GT(watch.iterations(), 100);  // (1.97 x 0.1 / 0.01)^2 = 388 if nothing is lucky
  EXPECT_LT(watch.iterations(), 800);
}

}  // namespace
}  // namespace inferscale::measure
