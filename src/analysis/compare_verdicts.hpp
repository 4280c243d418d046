#pragma once

#include "analysis/compare_studies.hpp"

namespace inferscale::analysis {

/// Fills what follows from the tests of cells and totals: adjusted p values, verdicts, and the smallest
/// slowdowns that each could have shown.
void judge(StudyComparison& comparison, const CompareOptions& options);

/// The slowdown (0.05: 1.05 times as long) that a test with this spread calls one in 8 of 10 studies, where
/// the first step of Holm's adjustment is over `tests` tests that share `significance`; never below the
/// threshold. Without an interval: none. Cohen (1988), Statistical Power Analysis, 2.4.
std::optional<double> smallest_visible_slowdown(const RatioTest& test, std::size_t tests, double significance,
                                                double threshold);

}  // namespace inferscale::analysis
