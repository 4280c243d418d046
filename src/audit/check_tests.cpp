// t, p and d of one test against one another, and against the intervals of the means.
#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/distributions.hpp"
#include "audit/published_test.hpp"

namespace inferscale::audit {

using namespace analysis;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLargestDf = 1e6;

int sign(double value) {
  return (value > 0) - (value < 0);
}

/// |value|, at its ends.
Interval size_of(const Printed& value) {
  const double half = (value.range.high - value.range.low) / 2;
  const double size = std::abs(value.value);
  return {std::max(0.0, size - half), size + half};
}

/// Degrees of freedom at which a two-sided p of t is `p`: p falls as they rise. kInfinity when p lies below
/// that of the normal distribution, 0 when it lies above that of one degree of freedom.
double df_for(double t, double p) {
  double low = 0;  // of log(df)
  double high = std::log(kLargestDf);
  if (student_t_two_sided_p(t, 1) < p) {
    return 0;
  }
  if (student_t_two_sided_p(t, kLargestDf) > p) {
    return kInfinity;
  }
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (student_t_two_sided_p(t, std::exp(middle)) > p ? low : high) = middle;
  }
  return std::exp(high);
}

/// Degrees of freedom that t and p allow. Empty (low infinite): none does.
Interval df_of(const PublishedTest& test) {
  const Interval t = size_of(*test.t);
  return {std::max(1.0, df_for(t.high, test.p->range.high)),
          test.p->range.low > 0 ? df_for(t.low, test.p->range.low) : kInfinity};
}

/// With groups of n, t = d sqrt(n / 2), for Student's pooled and for Welch's t.
Interval group_size(const PublishedTest& test) {
  const Interval t = size_of(*test.t);
  const Interval d = size_of(*test.d);
  const double smallest = t.low / d.high;
  const double largest = d.low > 0 ? t.high / d.low : kInfinity;
  return {2 * smallest * smallest, 2 * largest * largest};
}

std::string span_text(const Interval& range) {
  if (std::isinf(range.high)) {
    return std::isinf(range.low) ? "none" : fmt::format("{:.3g} or more", range.low);
  }
  if (range.low > range.high) {
    return "none";
  }
  return fmt::format("{:.3g} to {:.3g}", range.low, range.high);
}

/// t and d give n, n gives the degrees of freedom (n - 1 to 2n - 2), and t and p give them again.
AuditFinding check_together(const PublishedTest& test) {
  const Interval n = group_size(test);
  const Interval needed = df_of(test);
  const Interval allowed{std::max(1.0, n.low - 1), 2 * n.high - 2};
  const bool possible = !std::isinf(needed.low) && needed.low <= needed.high && allowed.low <= allowed.high;
  const bool meets = possible && ranges_meet(needed, allowed);
  return {test.name + ": t, p and d together",
          fmt::format("t {}, p {}, d {}", test.t->text, test.p->text, test.d->text),
          fmt::format("df {} from t and p; {} from t and d", span_text(needed), span_text(allowed)),
          meets ? Agreement::agrees : Agreement::disagrees,
          fmt::format("equal groups of n have t = d sqrt(n / 2), so n is {}, and n - 1 to 2n - 2 degrees of "
                      "freedom",
                      span_text(n))};
}

/// Intervals of equal n that do not overlap imply p < 0.05: h1 + h2 = t (se1 + se2) is more than t times the
/// root of se1^2 + se2^2, for no fewer degrees of freedom than either has.
std::optional<AuditFinding> check_overlap(const PublishedTest& test) {
  const auto& [mean1, sd1, low1, high1] = test.first;
  const auto& [mean2, sd2, low2, high2] = test.second;
  if (!low1 || !high1 || !low2 || !high2 || !test.p) {
    return std::nullopt;
  }
  const bool apart = low1->range.low > high2->range.high || low2->range.low > high1->range.high;
  const bool significant = test.p->range.high < 0.05;
  const auto agreement =
      apart ? (significant || test.p->range.low < 0.05 ? Agreement::agrees : Agreement::disagrees)
            : Agreement::cannot_be_told;
  return AuditFinding{
      test.name + ": p and the intervals", "p " + test.p->text, apart ? "p < 0.05" : "-", agreement,
      fmt::format("the 95% intervals {} to {} and {} to {} {}", low1->text, high1->text, low2->text,
                  high2->text, apart ? "do not overlap" : "overlap, which leaves p open")};
}

/// t from the means and standard deviations, at the smallest n that a standard deviation can have.
std::optional<AuditFinding> check_t_from_means(const PublishedTest& test) {
  const auto& first = test.first;
  const auto& second = test.second;
  if (!test.t || !first.mean || !second.mean || !first.sd || !second.sd) {
    return std::nullopt;
  }
  const double gap = std::max({0.0, first.mean->range.low - second.mean->range.high,
                               second.mean->range.low - first.mean->range.high});
  const double s1 = first.sd->range.high;
  const double s2 = second.sd->range.high;
  const double least = gap / std::sqrt((s1 * s1 + s2 * s2) / 2);
  const double largest = size_of(*test.t).high;
  return AuditFinding{
      test.name + ": t from means and standard deviations", test.t->text,
      fmt::format("at least {:.3g}", least), largest >= least ? Agreement::agrees : Agreement::disagrees,
      "t = difference / sqrt(sd1^2 / n1 + sd2^2 / n2), smallest for n of 2, the fewest that have a "
      "standard deviation"};
}

/// Differences taken one way round: t, d and the means agree in sign, or t is the other way round throughout.
AuditFinding check_signs(const std::vector<const PublishedTest*>& tests) {
  std::string same;
  std::string opposite;
  int n_same = 0;
  int n_opposite = 0;
  for (const PublishedTest* test : tests) {
    const bool equal = sign(test->t->value) == sign(test->d->value);
    (equal ? n_same : n_opposite) += 1;
    auto& names = equal ? same : opposite;
    names += (names.empty() ? "" : "; ") + test->name;
  }
  const bool consistent = n_same == 0 || n_opposite == 0;
  auto why = consistent ? std::string("t and d are both of one difference")
                        : fmt::format(
                              "t and d are of one difference, so their signs are equal in every row or, "
                              "with one of them taken the other way round, in none; equal here: {}",
                              n_same <= n_opposite ? same : fmt::format("all but {}", opposite));
  return {"all rows: signs of t and d", fmt::format("equal in {}, opposite in {}", n_same, n_opposite),
          "equal in all, or in none", consistent ? Agreement::agrees : Agreement::disagrees, std::move(why)};
}

AuditFinding check_one_n(const std::vector<const PublishedTest*>& tests) {
  Interval common{2, kInfinity};
  std::string each;
  for (const PublishedTest* test : tests) {
    const Interval n = group_size(*test);
    common = {std::max(common.low, n.low), std::min(common.high, n.high)};
    each += fmt::format("{}{}", each.empty() ? "" : "; ", span_text(n));
  }
  const bool one = common.low <= common.high;
  return {"all rows: one group size", "-", one ? "n " + span_text(common) : "no n",
          one ? Agreement::agrees : Agreement::disagrees, "2 (t / d)^2, row by row: " + each};
}

/// The sign of d against the difference of the means; the first minus the second, as the columns are named.
std::optional<AuditFinding> check_direction(const PublishedTest& test) {
  if (!test.d || !test.first.mean || !test.second.mean) {
    return std::nullopt;
  }
  const double difference = test.first.mean->value - test.second.mean->value;
  const bool same = sign(difference) == sign(test.d->value);
  return AuditFinding{test.name + ": sign of d", test.d->text, fmt::format("{:+.6g}", difference),
                      same ? Agreement::agrees : Agreement::disagrees,
                      fmt::format("recomputed: {} - {}", test.first.mean->text, test.second.mean->text)};
}

void add(AuditSection& section, std::optional<AuditFinding> finding) {
  if (finding) {
    section.findings.push_back(std::move(*finding));
  }
}

}  // namespace

AuditSection check_tests(const PublishedTables& tables) {
  AuditSection section{"tests",
                       "t, p and d of two groups determine one another up to the group sizes, and the means, "
                       "standard deviations and intervals bound them.",
                       {},
                       {}};
  const auto* table =
      tables.require("tests.csv", {"model", "first", "second", "t", "p", "cohens_d"}, section);
  if (table == nullptr) {
    return section;
  }
  const auto tests = published_tests(tables, *table);
  std::vector<const PublishedTest*> whole;
  for (const PublishedTest& test : tests) {
    if (test.t && test.p && test.d) {
      whole.push_back(&test);
      section.findings.push_back(check_together(test));
    } else {
      section.not_checked.push_back(test.name + ": no t, p or d");
    }
    const auto from_means = check_t_from_means(test);
    if (!from_means) {
      section.not_checked.push_back(test.name + ": t from means: no standard deviation of both");
    }
    add(section, from_means);
    add(section, check_overlap(test));
    add(section, check_direction(test));
  }
  if (whole.size() > 1) {
    section.findings.push_back(check_signs(whole));
    section.findings.push_back(check_one_n(whole));
  }
  return section;
}

}  // namespace inferscale::audit
