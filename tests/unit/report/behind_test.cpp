#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/sections.hpp"
#include "unit/report/two_backends.hpp"

namespace inferscale::report {
namespace {

using namespace test;

/// As in docs/results/h200/decode: the one to use over all batches is another backend's inferior at batch 1
/// of the small size, and its superior at the large one.
TEST(FirstScreen, SaysAtWhichBatchAnotherBackendIsTheOneToUse) {
  const protocol::Scenario one{"one", 1, 8}, many{"many", 32, 8};
  std::vector<record::Row> rows;
  for (int r = 0; r < 3; ++r) {
    const double noise = 1 + 0.001 * r;
    const auto add = [&](std::size_t size, const char* backend, double by_one, double by_many) {
      rows.push_back(make_row(kSizes[size].first, kSizes[size].second, backend, one, r, by_one * noise));
      rows.push_back(make_row(kSizes[size].first, kSizes[size].second, backend, many, r, by_many * noise));
    };
    add(0, "alpha", 100, 3000);
    add(0, "beta", 140, 2400);
    add(1, "alpha", 100, 3000);
    add(1, "beta", 90, 2400);
  }
  Source source;
  source.analysis = analyze_rows(rows);
  const auto sentences = behind_sentences(source.analysis, source.analysis.decisions.at(0), {});
  EXPECT_THAT(sentences, ::testing::Contains("At batch 1, beta is 1.4 times faster (1.00 M)."));
}

// The interval of the ratio is 0.5 to 5 or so: nobody knows that beta is slower.
TEST(Behind, AnUndecidedBackendHasNoFactor) {
  std::vector<record::Row> rows;
  for (const auto& [model, parameters] : kSizes) {
    for (int r = 0; r < 3; ++r) {
      rows.push_back(make_row(model, parameters, "alpha", kScenario, r, 1000 + r));
      rows.push_back(make_row(model, parameters, "beta", kScenario, r, 300 * std::exp2(r)));
    }
  }
  Source source;
  source.analysis = analyze_rows(rows);
  EXPECT_THAT(behind_sentences(source.analysis, source.analysis.decisions.at(0), {}),
              ::testing::ElementsAre("Best of each other runtime, slower by: beta undecided."));
}

}  // namespace
}  // namespace inferscale::report
