// Prices of tokens, and what pays a build back.
#include "analysis/serving_cost.hpp"

#include <algorithm>

namespace inferscale::analysis {
namespace {

void add_price(const OverallMean& mean, ServingCost& cost) {
  if (!cost.price_per_hour) {
    return;
  }
  cost.price_per_million_tokens = price_per_million_tokens(*cost.price_per_hour, cost.throughput_tok_s);
  if (const auto& ci95 = mean.throughput_tok_s.ci95) {
    const auto low = price_per_million_tokens(*cost.price_per_hour, ci95->high);
    const auto high = price_per_million_tokens(*cost.price_per_hour, ci95->low);
    if (low && high) {
      cost.price_ci95 = Interval{*low, *high};
    }
  }
}

/// Among the costs of one model and mode.
void add_payback(const std::vector<ServingCost>& others, ServingCost& cost) {
  if (!cost.build_s) {
    return;
  }
  const ServingCost* meanwhile = nullptr;
  for (const ServingCost& other : others) {
    const bool serves_meanwhile =
        other.build_s && *other.build_s < *cost.build_s && other.throughput_tok_s < cost.throughput_tok_s;
    if (serves_meanwhile && (meanwhile == nullptr || other.throughput_tok_s > meanwhile->throughput_tok_s)) {
      meanwhile = &other;
    }
  }
  if (meanwhile != nullptr) {
    cost.paid_back_against = meanwhile->backend;
    cost.extra_build_s = *cost.build_s - *meanwhile->build_s;
    cost.paid_back = amortise(cost.extra_build_s, meanwhile->throughput_tok_s, cost.throughput_tok_s);
  }
}

}  // namespace

std::vector<ServingCost> serving_costs(const Analysis& analysis, const StudyBuilds& builds,
                                       const std::optional<record::Plan>& plan, const Prices& prices,
                                       const std::string& machine) {
  std::vector<ServingCost> result;
  for (const protocol::Mode mode : analysis.modes) {
    for (const ModelSize& model : analysis.models) {
      std::vector<ServingCost> here;
      for (const OverallMean& mean : analysis.overall) {
        if (mean.mode != mode || mean.model != model.name || !mean.complete ||
            excluding_gate(analysis.quality, mean.model, mean.backend) != nullptr) {
          continue;
        }
        ServingCost& cost = here.emplace_back();
        cost.model = model.name;
        cost.parameters = model.parameters;
        cost.mode = mode;
        cost.backend = mean.backend;
        cost.throughput_tok_s = mean.throughput_tok_s.mean;
        const BackendFacts* facts = find_backend(analysis, mean.backend);
        const std::string precision = facts == nullptr ? std::string() : facts->precision;
        cost.build_s = build_of({mean.backend, precision, model.name, mode}, builds, plan).seconds;
        cost.price_per_hour = price_of(prices, machine, mean.backend);
        add_price(mean, cost);
      }
      const std::vector<ServingCost> others = here;
      for (ServingCost& cost : here) {
        add_payback(others, cost);
        result.push_back(std::move(cost));
      }
    }
  }
  return result;
}

}  // namespace inferscale::analysis
