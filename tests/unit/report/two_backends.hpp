#pragma once

#include <string>
#include <utility>
#include <vector>

#include "report/answer.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::test {

inline const protocol::Scenario kScenario{"single_micro", 1, 8};
inline const std::vector<std::pair<std::string, std::int64_t>> kSizes = {
    {"s1", 1'000'000}, {"s2", 4'000'000}, {"s3", 16'000'000}, {"s4", 64'000'000}};

/// Backend "alpha" at 1,000 tok/s; "beta" at `ratios[i]` times that on the i-th size.
inline std::vector<record::Row> two_backends(const std::vector<double>& ratios, int repetitions,
                                             double spread = 0.01) {
  std::vector<record::Row> rows;
  for (std::size_t i = 0; i < ratios.size(); ++i) {
    for (int r = 0; r < repetitions; ++r) {
      const double noise = 1 + spread * (r - 1);
      rows.push_back(make_row(kSizes[i].first, kSizes[i].second, "alpha", kScenario, r, 1000 * noise));
      rows.push_back(make_row(kSizes[i].first, kSizes[i].second, "beta", kScenario, r,
                              1000 * ratios[i] * (1 + spread * (1 - r))));
    }
  }
  return rows;
}

inline std::string sentence(const std::vector<record::Row>& rows) {
  const analysis::Analysis analysis = analyze_rows(rows);
  return report::answer_sentence(analysis.decisions.at(0));
}

}  // namespace inferscale::test
