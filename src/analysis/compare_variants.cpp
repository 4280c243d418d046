#include "analysis/compare_variants.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace inferscale::analysis {
namespace {

/// In the plan's order, then those that only rows have.
std::vector<std::string> variant_names(const StudyResults& study) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  };
  if (study.plan) {
    for (const record::Variant& variant : study.plan->variants) {
      add(variant.name);
    }
  }
  for (const BackendFacts& facts : study.dataset.backends) {
    add(facts.variant);
  }
  return names;
}

std::set<std::string> backends_of(const StudyResults& study, const std::string& variant) {
  std::set<std::string> backends;
  for (const BackendFacts& facts : study.dataset.backends) {
    if (facts.variant == variant) {
      backends.insert(facts.backend);
    }
  }
  return backends;
}

/// What was said of each variant, for backends that both have.
void add_descriptions(const record::Plan& plan, const VariantNames& names,
                      std::vector<EnvironmentDifference>& differences) {
  for (const record::Variant& base : plan.variants) {
    const auto* now = find_variant(plan.variants, record::name_in_plan(base.backend, names.now));
    if (base.name == names.base && now != nullptr) {
      differences.push_back(
          {fmt::format("variant of {}", base.backend), describe(base), describe(*now), false});
    }
  }
}

}  // namespace

Result<VariantNames> variants_to_compare(const StudyResults& study, const VariantNames& wanted) {
  const auto names = variant_names(study);
  if (names.empty()) {
    return fail_usage("'{}' has no variants: measure some with 'inferscale study --variant NAME=BACKEND,..'",
                      study.folder.string());
  }
  VariantNames chosen = wanted;
  if (wanted.base.empty() && names.size() == 2) {
    chosen = {names[0], names[1]};
  }
  for (const std::string& name : {chosen.base, chosen.now}) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return fail_usage("'{}' has the variants {}: say which two to compare, the old one first{}",
                        study.folder.string(), fmt::join(names, ", "),
                        name.empty() ? std::string() : fmt::format("; there is no '{}'", name));
    }
  }
  const auto before = backends_of(study, chosen.base);
  const auto after = backends_of(study, chosen.now);
  const bool common = std::any_of(before.begin(), before.end(),
                                  [&](const std::string& backend) { return after.contains(backend); });
  if (!common) {
    return fail_usage(
        "the variants '{}' and '{}' have no backend in common: 'inferscale report' compares backends",
        chosen.base, chosen.now);
  }
  return chosen;
}

StudyResults results_of_variant(const StudyResults& study, const std::string& variant) {
  StudyResults part = study;
  part.name = variant;
  part.dataset.cells.clear();
  std::map<std::string, std::string> plain;  // by the name in the plan
  for (BackendFacts& facts : part.dataset.backends) {
    if (facts.variant == variant) {
      plain[facts.name] = facts.backend;
      facts.name = facts.backend;
    }
  }
  for (const Cell& cell : study.dataset.cells) {
    if (study.dataset.backends[static_cast<std::size_t>(cell.backend)].variant == variant) {
      part.dataset.cells.push_back(cell);
    }
  }
  std::erase_if(part.dataset.quality, [&](const auto& one) { return !plain.contains(one.backend); });
  for (record::QualityResult& one : part.dataset.quality) {
    one.backend = plain[one.backend];
  }
  const auto backends =
      part.environment.is_object() ? part.environment.find("backends") : part.environment.end();
  if (backends != part.environment.end() && backends->is_object()) {
    Json renamed = Json::object();
    for (const auto& [name, facts] : backends->items()) {
      if (plain.contains(name)) {
        renamed[plain[name]] = facts;
      }
    }
    *backends = std::move(renamed);
  }
  return part;
}

Result<StudyComparison> compare_variants(const StudyResults& study, const VariantNames& names,
                                         CompareOptions options) {
  options.interleaved = true;
  TRY_ASSIGN(StudyComparison comparison, compare_studies(results_of_variant(study, names.base),
                                                         results_of_variant(study, names.now), options));
  if (study.plan) {
    add_descriptions(*study.plan, names, comparison.differences);
  }
  return comparison;
}

}  // namespace inferscale::analysis
