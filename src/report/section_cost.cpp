// What tokens cost by the prices given, and when a longer build has paid for itself.
#include "analysis/quantity.hpp"
#include "analysis/serving_cost.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

std::string price_text(const ServingCost& cost) {
  const auto& price = cost.price_per_million_tokens;
  if (!price) {
    return kNone;
  }
  return cost.price_ci95 ? fmt::format("{} [{}, {}]", number_text(*price), number_text(cost.price_ci95->low),
                                       number_text(cost.price_ci95->high))
                         : number_text(*price);
}

/// The least price of each model and mode; several where prices are equal.
bool is_cheapest(const std::vector<ServingCost>& costs, const ServingCost& one) {
  for (const ServingCost& other : costs) {
    if (other.model == one.model && other.mode == one.mode && other.price_per_million_tokens &&
        *other.price_per_million_tokens < *one.price_per_million_tokens) {
      return false;
    }
  }
  return true;
}

Table price_table(const std::vector<ServingCost>& costs) {
  Table table{"Price of a million tokens, in the currency of the prices given [95%]",
              {{"Model", false},
               {"Mode", false},
               {"Backend", false},
               {"Price an hour", true},
               {"Throughput, tok/s", true},
               {"Price of a million tokens", true}},
              {}};
  for (const ServingCost& one : costs) {
    if (one.price_per_million_tokens) {
      const std::string price = price_text(one);
      table.rows.push_back({Text(one.model), std::string(to_string(one.mode)), Text(one.backend),
                            number_text(*one.price_per_hour), number_text(one.throughput_tok_s),
                            is_cheapest(costs, one) ? Text().strong(price) : Text(price)});
    }
  }
  return table;
}

/// Builds that take less than this longer, in seconds, are nobody's question; cost.json has them.
constexpr double kWorthAWait = 1;

/// Of the backend that would have served meanwhile.
double throughput_of(const std::vector<ServingCost>& costs, const ServingCost& one) {
  for (const ServingCost& other : costs) {
    if (other.model == one.model && other.mode == one.mode && other.backend == one.paid_back_against) {
      return other.throughput_tok_s;
    }
  }
  return 0;
}

Table payback_table(const std::vector<ServingCost>& costs) {
  Table table{"When a longer build has paid for itself",
              {{"Model", false},
               {"Mode", false},
               {"Backend", false},
               {"Throughput, tok/s", true},
               {"Build, s", true},
               {"Longer by, s", true},
               {"Than that of", false},
               {"Its throughput, tok/s", true},
               {"Paid back after, s", true},
               {"Tokens", true}},
              {}};
  for (const ServingCost& one : costs) {
    if (one.paid_back && one.extra_build_s >= kWorthAWait) {
      table.rows.push_back({Text(one.model), std::string(to_string(one.mode)), Text(one.backend),
                            number_text(one.throughput_tok_s), number_text(*one.build_s),
                            number_text(one.extra_build_s), Text(one.paid_back_against),
                            number_text(throughput_of(costs, one)), number_text(one.paid_back->seconds),
                            number_text(one.paid_back->tokens)});
    }
  }
  return table;
}

}  // namespace

Blocks cost_section(const Source& source, const Figures& figures) {
  const auto costs =
      serving_costs(source.analysis, builds_of(source), source.plan, source.prices, source.machine);
  Table prices = price_table(costs);
  Table payback = payback_table(costs);
  if (prices.rows.empty() && payback.rows.empty()) {
    return {};
  }
  Blocks blocks{Heading{2, "Cost"}};
  if (prices.rows.empty()) {
    blocks.emplace_back(Paragraph{Text("No prices were given; ")
                                      .code("--cost-per-hour BACKEND=PRICE,...")
                                      .plain(" adds those of tokens."),
                                  true});
  } else {
    blocks.emplace_back(
        Paragraph{"At full load, for the mean over the scenarios; bold: the lowest mean of that "
                  "model and mode. The interval is the throughput's.",
                  true});
    append(blocks, gallery_of(figures, &ModeFigures::cost));
    blocks.emplace_back(std::move(prices));
  }
  if (!payback.rows.empty()) {
    blocks.emplace_back(Paragraph{
        "A build makes everything that a backend loads: graph, calibration, engine. A backend breaks even "
        "against the fastest of the slower ones whose build is shorter: that one could have served "
        "meanwhile. "
        "After so much serving both have produced as many tokens. Builds less than a second longer are left "
        "out.",
        true});
    blocks.emplace_back(std::move(payback));
  }
  return blocks;
}

}  // namespace inferscale::report
