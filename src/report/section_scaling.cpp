// How throughput changes with model size.
#include <algorithm>

#include "analysis/quantity.hpp"
#include "analysis/size_curve.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {
namespace {

std::string exponent_text(const analysis::BackendScaling& scaling) {
  if (!scaling.exponent) {
    return kNone;
  }
  return scaling.exponent_ci95 ? fmt::format("{:.3f} [{:.3f}, {:.3f}]", *scaling.exponent,
                                             scaling.exponent_ci95->low, scaling.exponent_ci95->high)
                               : fmt::format("{:.3f}", *scaling.exponent);
}

std::string value_at(double value, const std::string& model) {
  return model.empty() ? kNone : fmt::format("{} ({})", analysis::number_text(value), model);
}

std::string advantage_text(const std::optional<analysis::RatioTest>& test, const std::string& model) {
  return test ? fmt::format("{} ({})", ratio_interval_text(test->ratio, test->ci95), model) : kNone;
}

std::string growth_text(const std::optional<analysis::RatioTest>& test) {
  return test ? ratio_interval_text(test->ratio, test->ci95) : kNone;
}

}  // namespace

Blocks scaling_section(const Source& source) {
  const analysis::Analysis& analysis = source.analysis;
  const bool several = std::any_of(analysis.scaling.begin(), analysis.scaling.end(),
                                   [](const analysis::BackendScaling& one) { return one.n > 1; });
  const auto& models = analysis.models;
  const bool one_size = !models.empty() && analysis::same_size(static_cast<double>(models.front().parameters),
                                                               static_cast<double>(models.back().parameters));
  if (!several || one_size) {
    return {};  // one size scales nothing, however many models have it
  }
  const record::Metric& metric = *analysis.scaling.front().metric;
  Table table{
      sentence_case(fmt::format("{} = c x parameters^exponent, over complete overall means", metric.words)),
      {{"Backend", false},
       {"Mode", false},
       {"Sizes", true},
       {"Exponent [95%]", true},
       {"R²", true},
       {fmt::format("Smallest model, {}", metric.unit), true},
       {fmt::format("Largest model, {}", metric.unit), true},
       {fmt::format("Ratio to {} at the smallest [95%]", analysis.baseline), true},
       {"Ratio at the largest [95%]", true},
       {"That ratio", false},
       {"by [95%]", true}},
      {}};
  for (const analysis::BackendScaling& one : analysis.scaling) {
    table.rows.push_back({Text(one.backend), std::string(to_string(one.mode)), std::to_string(one.n),
                          exponent_text(one), decimal_text(one.r_squared),
                          Text(value_at(one.smallest_value, one.smallest_model)),
                          Text(value_at(one.largest_value, one.largest_model)),
                          Text(advantage_text(one.advantage_smallest, one.advantage_smallest_model)),
                          Text(advantage_text(one.advantage_largest, one.advantage_largest_model)),
                          Text(one.trend ? std::string(to_string(*one.trend)) : kNone),
                          Text(growth_text(one.advantage_change))});
  }
  return {
      Heading{2, "Scaling"},
      Paragraph{
          fmt::format(
              "An exponent of {} means: twice the parameters, {} the {}. Near 0, the machine "
              "waits for something other than the model's size. The ratio to {} grows or shrinks from "
              "the smallest size to the largest, is steady within the indifference, or turns "
              "over: who is ahead changes.",
              metric.better == record::Direction::higher ? "-1" : "1",
              metric.better == record::Direction::higher ? "half" : "twice", metric.words, analysis.baseline),
          true},
      std::move(table)};
}

}  // namespace inferscale::report
