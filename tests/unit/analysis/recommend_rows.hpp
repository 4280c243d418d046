#pragma once

#include <gtest/gtest.h>

#include "analysis/recommend_fields.hpp"
#include "unit/analysis/simulated.hpp"

namespace inferscale::analysis {

// The study that tests of recommend ask: two backends that cross between two sizes.

using test::make_failed;
using test::make_row;
using test::Noise;

inline constexpr std::int64_t kSmall = 10'000'000;
inline constexpr std::int64_t kLarge = 40'000'000;

/// "cpu" wins at the small size, "gpu" at the large; they cross at 20 M, half-way on log axes.
inline std::vector<record::Row> crossing_rows(double relative_sd = 0.001, double factor = 1) {
  Noise noise(11);
  std::vector<record::Row> rows;
  for (const auto& [model, parameters, cpu] :
       {std::tuple<const char*, std::int64_t, double>{"small", kSmall, 2000}, {"large", kLarge, 500}}) {
    for (const auto& [backend, tok_s] : {std::pair<const char*, double>{"x-cpu", cpu}, {"x-gpu", 1000}}) {
      for (const int scenario : {0, 4}) {  // batch 1 and 4
        for (int repetition = 0; repetition < 5; ++repetition) {
          rows.push_back(make_row(model, parameters, backend,
                                  protocol::builtin_scenarios()[static_cast<std::size_t>(scenario)],
                                  repetition, noise.around(factor * tok_s, relative_sd)));
          rows.back().device = std::string(backend).substr(2) == "gpu" ? "cuda" : "cpu";
        }
      }
    }
  }
  return rows;
}

inline StudyResults machine(const std::vector<record::Row>& rows, const std::string& name = "machine") {
  StudyResults results;
  results.folder = results.name = name;
  results.dataset = test::build(rows);
  return results;
}

inline Recommendation one(const std::vector<StudyResults>& machines, const RecommendOptions& options) {
  const auto answers = recommend(machines, options);
  EXPECT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(answers->size(), 1U);
  return answers->at(0);
}

inline RecommendOptions at(double parameters) {
  RecommendOptions options;
  options.parameters = parameters;
  return options;
}

}  // namespace inferscale::analysis
