#include "analysis/distributions.hpp"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

namespace inferscale::analysis {
namespace {

/// Extreme arguments saturate instead of throwing: no exception may leave the analysis.
using Quiet = boost::math::policies::policy<
    boost::math::policies::domain_error<boost::math::policies::ignore_error>,
    boost::math::policies::pole_error<boost::math::policies::ignore_error>,
    boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
    boost::math::policies::evaluation_error<boost::math::policies::ignore_error>,
    boost::math::policies::promote_double<false>>;
using StudentT = boost::math::students_t_distribution<double, Quiet>;
using Normal = boost::math::normal_distribution<double, Quiet>;

}  // namespace

double student_t_quantile(double probability, double df) {
  return boost::math::quantile(StudentT(df), probability);
}

double student_t_two_sided_p(double t, double df) {
  if (std::isinf(t)) {
    return 0;
  }
  return 2 * boost::math::cdf(StudentT(df), -std::abs(t));
}

double normal_quantile(double probability) {
  return boost::math::quantile(Normal(), probability);
}

double gamma_ratio(double a, double b) {
  return boost::math::tgamma_ratio(a, b, Quiet());
}

}  // namespace inferscale::analysis
