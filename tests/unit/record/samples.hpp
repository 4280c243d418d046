#pragma once

#include "record/plan.hpp"
#include "record/schedule.hpp"

namespace inferscale::test {

/// A plan of 2 x 2 x 2 x 2 cells and 3 repetitions: 48 rows.
inline record::Plan small_plan() {
  record::Plan plan;
  plan.name = "small";
  plan.label = "small";
  plan.models = {"tiny-gpt2", "gpt2-5m"};
  plan.backends = {"null", "onnxruntime-cpu"};
  plan.scenarios = {protocol::builtin_scenarios()[0], protocol::builtin_scenarios()[4]};
  plan.modes = {protocol::Mode::prefill, protocol::Mode::generate};
  plan.repetitions = 3;
  return plan;
}

inline record::Row ok_row(const record::Repetition& repetition) {
  record::Row row;
  row.study = "small";
  row.model = repetition.model;
  row.parameters = 102714;
  row.backend = repetition.backend;
  row.runtime_version = "1.0";
  row.device = "cpu";
  row.precision = "fp32";
  row.scenario = repetition.scenario;
  row.new_tokens = repetition.mode == protocol::Mode::prefill ? 0 : 8;
  row.mode = repetition.mode;
  row.repetition = repetition.number;
  row.outcome = Outcome::ok;
  row.started_at = "2026-11-24T00:14:05.123Z";
  row.threads = 2;
  row.load_s = 0.25;
  row.warmup_iterations = 3;
  row.iterations = 17;
  row.latency_ms = {1.5, 1.4, 1.9, 2.5, 1.1, 2.6, 0.2};
  row.throughput_tok_s = 5000;
  row.new_tok_s = repetition.mode == protocol::Mode::prefill ? 0 : 3000;
  row.memory_peak_mb = 130.5;
  row.tokens_sha256 = "abc";
  return row;
}

}  // namespace inferscale::test
