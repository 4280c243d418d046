#pragma once

#include <span>
#include <vector>

namespace inferscale::analysis {

/// Indices of values that Grubbs' test (two-sided, significance 0.01) calls outliers; at most one, for the
/// test is made for one. Fewer than 3 values or no spread: none. Outliers are flagged, never dropped. Source:
/// Grubbs (1969), Technometrics 11:1; NIST/SEMATECH e-Handbook 1.3.5.17.1.
std::vector<int> find_outliers(std::span<const double> values);

/// Grubbs' critical value for n values at a two-sided significance.
double grubbs_critical(int n, double significance);

}  // namespace inferscale::analysis
