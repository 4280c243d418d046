// Cohen's d against the means and standard deviations that it is made of.
#include <algorithm>
#include <cmath>

#include "audit/published_test.hpp"

namespace inferscale::audit {
namespace {

/// d = (mean 1 - mean 2) / pooled sd. The pooled sd is the root of a weighted mean of the variances, so
/// whatever the group sizes it lies between the two standard deviations (Cohen 1988, 2.5): equal sizes give
/// the value, the two sds its limits.
std::optional<Recomputed> effect_size(const PublishedTest& test) {
  if (!test.first.mean || !test.second.mean || !test.first.sd || !test.second.sd) {
    return std::nullopt;
  }
  const double s1 = test.first.sd->value;
  const double s2 = test.second.sd->value;
  const double pooled = std::sqrt((s1 * s1 + s2 * s2) / 2);
  const double smallest = std::min(test.first.sd->range.low, test.second.sd->range.low);
  const double largest = std::max(test.first.sd->range.high, test.second.sd->range.high);
  if (!(smallest > 0)) {
    return std::nullopt;
  }
  const double low = test.first.mean->range.low - test.second.mean->range.high;
  const double high = test.first.mean->range.high - test.second.mean->range.low;
  const analysis::Interval range{std::min(low / smallest, low / largest),
                                 std::max(high / smallest, high / largest)};
  return Recomputed{(test.first.mean->value - test.second.mean->value) / pooled, range, range};
}

/// The size of d apart from its sign, which the tables may take either way round.
Recomputed without_sign(const Recomputed& value) {
  const auto [low, high] = value.range;
  const bool holds_zero = low <= 0 && high >= 0;
  const analysis::Interval sizes{holds_zero ? 0 : std::min(std::abs(low), std::abs(high)),
                                 std::max(std::abs(low), std::abs(high))};
  return {std::abs(value.value), sizes, sizes};
}

Printed without_sign(const Printed& value) {
  const double half = (value.range.high - value.range.low) / 2;
  const double size = std::abs(value.value);
  const analysis::Interval sizes{std::max(0.0, size - half), size + half};
  return {value.text, size, sizes, sizes};
}

std::string sds_text(const PublishedTest& test) {
  return fmt::format("({} - {}) over a pooled sd of {} and {}", test.first.mean->text, test.second.mean->text,
                     test.first.sd->text, test.second.sd->text);
}

std::string needed_text(const PublishedTest& test) {
  const double needed = std::abs((test.first.mean->value - test.second.mean->value) / test.d->value);
  auto text = fmt::format("; the published d needs a pooled sd of {}", audit_number(std::round(needed)));
  if (test.spread_first > 0 && test.spread_second > 0) {
    text += fmt::format("; between their scenarios the sds are {} and {}",
                        audit_number(std::round(test.spread_first)),
                        audit_number(std::round(test.spread_second)));
  }
  return text;
}

}  // namespace

AuditSection check_effect_sizes(const PublishedTables& tables) {
  AuditSection section{"effect sizes",
                       "Cohen's d is the difference of the means over the pooled standard deviation, which "
                       "lies between the two whatever the group sizes.",
                       {},
                       {}};
  const auto* table = tables.require("tests.csv", {"model", "first", "second", "cohens_d"}, section);
  if (table == nullptr) {
    return section;
  }
  for (const PublishedTest& test : published_tests(tables, *table)) {
    const auto recomputed = effect_size(test);
    if (!test.d || !recomputed) {
      section.not_checked.push_back(
          fmt::format("{}: no {}", test.name, test.d ? "mean or standard deviation of both" : "effect size"));
      continue;
    }
    AuditFinding finding =
        judge(test.name + ": Cohen's d", without_sign(*test.d), without_sign(*recomputed), sds_text(test));
    finding.recomputed = recomputed_text(*recomputed);
    if (finding.agreement == Agreement::disagrees && test.d->value != 0) {
      finding.why += needed_text(test);
    }
    section.findings.push_back(std::move(finding));
  }
  return section;
}

}  // namespace inferscale::audit
