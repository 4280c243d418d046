#include "analysis/precision_cost.hpp"

#include <algorithm>
#include <map>

#include "protocol/needs.hpp"
#include "record/precision.hpp"

namespace inferscale::analysis {
namespace {

const OverallMean* overall_of(const Analysis& analysis, const std::string& model, protocol::Mode mode,
                              const std::string& backend) {
  const auto found =
      std::find_if(analysis.overall.begin(), analysis.overall.end(), [&](const OverallMean& one) {
        return one.model == model && one.mode == mode && one.backend == backend && one.complete;
      });
  return found == analysis.overall.end() ? nullptr : &*found;
}

/// `backend` over `reference`, over all of the plan's scenarios.
std::optional<RatioTest> speedup_of(const Analysis& analysis, const PrecisionComparison& one) {
  for (const OverallComparison& comparison : analysis.overall_comparisons) {
    if (comparison.model != one.model || comparison.mode != one.mode || !comparison.complete) {
      continue;
    }
    if (comparison.first == one.backend && comparison.second == one.reference) {
      return comparison.test;
    }
    if (comparison.first == one.reference && comparison.second == one.backend) {
      return inverse(comparison.test);
    }
  }
  return std::nullopt;
}

void add_accuracy(const std::vector<record::QualityResult>& quality, PrecisionComparison& one) {
  for (const record::QualityResult& result : quality) {
    if (result.model == one.model && result.backend == one.backend) {
      one.gate = result.verdict.gate;
      one.perplexity_change = perplexity_change(result.figures);
      if (result.figures.perplexity) {
        one.weights = result.weights;
        one.perplexity = result.figures.perplexity->figures.perplexity;
      }
    }
  }
}

/// The backends of each runtime, for runtimes with several precisions.
std::map<std::string, std::vector<const BackendFacts*>> families(const Analysis& analysis,
                                                                 const StudyBuilds& builds) {
  std::map<std::string, std::vector<const BackendFacts*>> all;
  for (const BackendFacts& backend : analysis.backends) {
    const auto said = builds.families.find(backend.name);
    all[said == builds.families.end() ? protocol::family_of_name(backend.name) : said->second].push_back(
        &backend);
  }
  std::erase_if(all, [](const auto& family) { return family.second.size() < 2; });
  return all;
}

bool is_full(const BackendFacts& backend, const Json& environment) {
  const auto facts = record::precision_facts(environment, backend.name, backend.precision);
  return facts && is_full_precision(*facts);
}

}  // namespace

std::vector<PrecisionComparison> compare_precisions(const Analysis& analysis, const StudyBuilds& builds,
                                                    const std::optional<record::Plan>& plan,
                                                    const Json& environment) {
  std::vector<PrecisionComparison> result;
  for (const auto& [runtime, backends] : families(analysis, builds)) {
    const auto full = std::find_if(backends.begin(), backends.end(),
                                   [&](const BackendFacts* one) { return is_full(*one, environment); });
    if (full == backends.end()) {
      continue;
    }
    for (const protocol::Mode mode : analysis.modes) {
      for (const ModelSize& model : analysis.models) {
        const OverallMean* slow = overall_of(analysis, model.name, mode, (*full)->name);
        for (const BackendFacts* backend : backends) {
          PrecisionComparison one;
          one.model = model.name;
          one.mode = mode;
          one.backend = backend->name;
          one.precision = backend->precision;
          one.reference = (*full)->name;
          const OverallMean* fast = overall_of(analysis, model.name, mode, backend->name);
          const BuildFacts build =
              build_of({backend->name, backend->precision, model.name, mode}, builds, plan);
          one.build_s = build.seconds;
          one.artifact_bytes = build.bytes;
          add_accuracy(analysis.quality, one);
          if (fast != nullptr) {
            one.throughput_tok_s = fast->throughput_tok_s.mean;
            one.speedup = backend == *full ? std::nullopt : speedup_of(analysis, one);
          }
          if (fast != nullptr && slow != nullptr && one.build_s && backend != *full) {
            one.paid_back = amortise(*one.build_s, slow->throughput_tok_s.mean, fast->throughput_tok_s.mean);
          }
          result.push_back(std::move(one));
        }
      }
    }
  }
  return result;
}

}  // namespace inferscale::analysis
