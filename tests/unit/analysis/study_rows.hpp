#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "analysis/analysis.hpp"
#include "record/quality_result.hpp"

namespace inferscale::test {

/// An ok row of prefill; tests change what they are about.
inline record::Row make_row(const std::string& model, std::int64_t parameters, const std::string& backend,
                            const protocol::Scenario& scenario, int repetition, double throughput_tok_s) {
  record::Row row;
  row.study = "test";
  row.model = model;
  row.parameters = parameters;
  row.backend = backend;
  row.runtime_version = "1.0";
  row.device = "cpu";
  row.precision = "fp32";
  row.scenario = scenario;
  row.repetition = repetition;
  row.outcome = Outcome::ok;
  row.started_at = "2026-11-24T00:14:05.123Z";
  row.threads = 2;
  row.load_s = 0.5;
  row.warmup_iterations = 3;
  row.iterations = 10;
  row.throughput_tok_s = throughput_tok_s;
  const double mean = scenario.batch * scenario.prompt_tokens * 1000.0 / throughput_tok_s;
  row.latency_ms = {mean, mean, mean * 1.1, mean * 1.2, mean * 0.9, mean * 1.3, mean * 0.05};
  row.memory_peak_mb = 100;
  row.tokens_sha256 = "00";
  return row;
}

inline record::Row make_failed(const record::Row& row, Outcome outcome, const std::string& error) {
  record::Row failed;
  failed.study = row.study;
  failed.model = row.model;
  failed.parameters = row.parameters;
  failed.backend = row.backend;
  failed.scenario = row.scenario;
  failed.mode = row.mode;
  failed.repetition = row.repetition;
  failed.outcome = outcome;
  failed.error = error;
  return failed;
}

inline analysis::Dataset build(const std::vector<record::Row>& rows,
                               std::optional<analysis::PlannedRuns> plan = {}) {
  analysis::DatasetBuilder builder;
  if (plan) {
    builder.set_plan(*plan);
  }
  for (const record::Row& row : rows) {
    const auto added = builder.add(row, "row");
    EXPECT_TRUE(added) << added.error().message;
  }
  auto dataset = builder.finish();
  EXPECT_TRUE(dataset) << dataset.error().message;
  return dataset ? *dataset : analysis::Dataset{};
}

inline analysis::Analysis analyze_rows(const std::vector<record::Row>& rows,
                                       std::optional<analysis::PlannedRuns> plan = {}) {
  const auto analysis = analyze(build(rows, std::move(plan)));
  EXPECT_TRUE(analysis) << analysis.error().message;
  return *analysis;
}

/// Accuracy that passed, of trained weights whose reference has a perplexity of 50.
inline record::QualityResult judged(const char* model, const char* backend, double perplexity) {
  record::QualityResult one;
  one.model = model;
  one.backend = backend;
  one.weights = "trained";
  one.verdict.gate = record::Gate::passed;
  one.figures.perplexity.emplace().figures.perplexity = perplexity;
  one.figures.reference_perplexity = 50;
  return one;
}

}  // namespace inferscale::test
