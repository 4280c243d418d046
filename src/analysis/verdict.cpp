#include "analysis/verdict.hpp"

namespace inferscale::analysis {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::alike:
      return "alike";
    case Verdict::faster:
      return "faster";
    case Verdict::slower:
      return "slower";
    case Verdict::undecided:
      return "undecided";
  }
  return "undecided";
}

Verdict opposite(Verdict verdict) {
  switch (verdict) {
    case Verdict::faster:
      return Verdict::slower;
    case Verdict::slower:
      return Verdict::faster;
    case Verdict::alike:
    case Verdict::undecided:
      return verdict;
  }
  return verdict;
}

Verdict verdict_within(const RatioTest& test, double indifference) {
  if (!test.ci95) {
    return Verdict::undecided;
  }
  if (test.ci95->low * (1 + indifference) >= 1 && test.ci95->high <= 1 + indifference) {
    return Verdict::alike;
  }
  if (test.ci95->low > 1) {
    return Verdict::faster;
  }
  return test.ci95->high < 1 ? Verdict::slower : Verdict::undecided;
}

}  // namespace inferscale::analysis
