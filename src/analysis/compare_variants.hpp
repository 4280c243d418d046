#pragma once

#include <string>

#include "analysis/compare_studies.hpp"

namespace inferscale::analysis {

/// Which two variants of a study are compared; empty: the plan's only two, in its order.
struct VariantNames {
  std::string base, now;
};

/// The names, where the study has such variants of a backend; else a usage error that says which there are.
Result<VariantNames> variants_to_compare(const StudyResults& study, const VariantNames& wanted);

/// The study as it would be had this variant alone been measured, under its backends' names.
StudyResults results_of_variant(const StudyResults& study, const std::string& variant);

/// compare_studies() of two variants of one study, whose repetitions stand side by side: ratios are of
/// neighbours in time, and totals decide.
Result<StudyComparison> compare_variants(const StudyResults& study, const VariantNames& names,
                                         CompareOptions options);

}  // namespace inferscale::analysis
