#include "analysis/perplexity_cost.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/quantity.hpp"
#include "record/gates.hpp"

namespace inferscale::analysis {

std::optional<double> perplexity_cost(std::span<const record::QualityResult> quality,
                                      const std::string& backend, const std::vector<std::string>& models) {
  std::optional<double> most;
  for (const record::QualityResult& one : quality) {
    const bool asked = one.backend == backend && one.weights == "trained" &&
                       std::find(models.begin(), models.end(), one.model) != models.end();
    const auto change = asked ? perplexity_change(one.figures) : std::nullopt;
    if (change && (!most || std::abs(*change) > std::abs(*most))) {
      most = change;
    }
  }
  return most;
}

std::string too_much_perplexity(const std::optional<double>& change, const std::optional<double>& most) {
  if (!most) {
    return {};
  }
  if (!change) {
    return "its perplexity on trained weights is not known";
  }
  return std::abs(*change) <= *most
             ? std::string()
             : fmt::format("perplexity {}, beyond {:g}%", change_text(*change), 100 * *most);
}

}  // namespace inferscale::analysis
