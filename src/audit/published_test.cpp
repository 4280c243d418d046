#include "audit/published_test.hpp"

#include "analysis/interval.hpp"

namespace inferscale::audit {
namespace {

/// From confidence_intervals.csv, else the prefill mean of throughput_overall.csv alone.
PublishedTest::Side side_of(const PublishedTables& tables, std::string_view model, std::string_view backend) {
  PublishedTest::Side side;
  const CsvTable* intervals = tables.find("confidence_intervals.csv");
  for (std::size_t i = 0; intervals != nullptr && i < intervals->rows().size(); ++i) {
    const auto& row = intervals->rows()[i];
    if (intervals->text(row, "model") == model && intervals->text(row, "backend") == backend) {
      side = {intervals->number(row, "mean_tok_s"), intervals->number(row, "standard_deviation"),
              intervals->number(row, "ci95_low"), intervals->number(row, "ci95_high")};
    }
  }
  if (!side.mean) {
    side.mean = tables.overall(model, backend, "prefill");
  }
  return side;
}

double spread_of(const PublishedTables& tables, std::string_view model, std::string_view backend) {
  std::vector<double> values;
  for (const auto& [scenario, value] : tables.by_scenario(model, backend, "prefill")) {
    values.push_back(value.value);
  }
  return analysis::estimate(values).sd;
}

}  // namespace

std::vector<PublishedTest> published_tests(const PublishedTables& tables, const CsvTable& table) {
  std::vector<PublishedTest> tests;
  for (const auto& row : table.rows()) {
    const auto model = table.text(row, "model");
    const auto first = table.text(row, "first");
    const auto second = table.text(row, "second");
    PublishedTest test;
    test.name = fmt::format("{}: {} - {}", model, first, second);
    test.t = table.number(row, "t");
    test.p = table.number(row, "p");
    test.d = table.number(row, "cohens_d");
    test.first = side_of(tables, model, first);
    test.second = side_of(tables, model, second);
    test.spread_first = spread_of(tables, model, first);
    test.spread_second = spread_of(tables, model, second);
    tests.push_back(std::move(test));
  }
  return tests;
}

}  // namespace inferscale::audit
