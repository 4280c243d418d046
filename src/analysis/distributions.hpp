#pragma once

namespace inferscale::analysis {

/// Thin names over Boost.Math, so that one file knows the library. `df` need not be a whole number (Welch).
/// All are finite for df > 0 and 0 < probability < 1.

/// t with P(T <= t) = probability.
double student_t_quantile(double probability, double df);
/// P(|T| >= |t|). An infinite t gives 0.
double student_t_two_sided_p(double t, double df);
/// z with P(Z <= z) = probability.
double normal_quantile(double probability);
/// gamma(a) / gamma(b) without overflow, for positive a and b.
double gamma_ratio(double a, double b);

}  // namespace inferscale::analysis
