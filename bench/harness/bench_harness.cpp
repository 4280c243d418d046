// Measures one cell with inferscale's worker and with bare_loop in turns, a fresh process each time.
//
//   bench_harness MODEL SCENARIO ROUNDS SECONDS ARTIFACTS BARE_LOOP WORKER
//
// Prints one line of JSON: the ratio of mean latencies, inferscale's over the bare loop's, with its 95%
// interval (Student's t over the rounds' log ratios), and both means.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "analysis/comparison.hpp"
#include "artifact/store.hpp"
#include "client/worker_session.hpp"
#include "core/process.hpp"
#include "machine/cpus.hpp"

namespace inferscale {
namespace {

constexpr std::uint64_t kSeed = 118;
constexpr int kWarmup = 3;

Clock::time_point soon() {
  return Clock::now() + std::chrono::minutes(3);
}

struct Cell {
  protocol::Scenario scenario;
  protocol::LoadRequest load;
  double seconds = 1;
};

/// Mean latency, ms.
Result<double> with_inferscale(const Cell& cell, const std::string& worker) {
  TRY_ASSIGN(client::WorkerSession session, client::WorkerSession::start(std::filesystem::path(worker)));
  TRY(session.load(cell.load, soon()));
  protocol::MeasureRequest request;
  request.scenario = cell.scenario;
  request.warmup_iterations = kWarmup;
  request.stop.target_relative_half_width = 0;  // as long as the bare loop
  request.stop.max_s = cell.seconds;
  request.stop.max_iterations = 1'000'000;
  TRY_ASSIGN(const protocol::Measurement measured, session.measure(request, soon()));
  TRY(session.shutdown(soon()));
  return measured.latency_ms.mean;
}

Result<double> with_bare_loop(const Cell& cell, const std::string& program) {
  ProcessOptions options;
  options.arguments = {program,
                       cell.load.artifact.string(),
                       std::to_string(cell.scenario.batch),
                       std::to_string(cell.scenario.prompt_tokens),
                       "last",
                       std::to_string(cell.load.vocabulary),
                       fmt::format("{}", fmt::join(cell.load.cpus, ",")),
                       std::to_string(kWarmup),
                       std::to_string(cell.seconds)};
  TRY_ASSIGN(ChildProcess child, ChildProcess::start(options));
  const auto read = child.read_line(soon(), [] { return false; }, 1000);
  if (read.status != ChildProcess::ReadStatus::line) {
    return fail("{} ended without an answer: {}", program, child.stderr_tail());
  }
  child.close_stdin();
  child.wait_until(soon());
  return std::strtod(read.line.c_str(), nullptr);
}

Result<Json> compare(char** argv) {
  TRY_ASSIGN(const model::Model model, model::resolve_model(argv[1]));
  Cell cell;
  TRY_ASSIGN(cell.scenario, protocol::parse_scenario(argv[2]));
  const int rounds = std::atoi(argv[3]);
  cell.seconds = std::atof(argv[4]);
  artifact::ArtifactStore store(argv[5]);
  const std::string bare_loop = argv[6];
  const std::string worker = argv[7];
  TRY_ASSIGN(cell.load.cpus, machine::choose_cpus(0));
  TRY_ASSIGN(const artifact::Artifact graph,
             store.onnx_graph(
                 model, kSeed,
                 {onnx_graph::Precision::fp32, onnx_graph::GraphMode::prefill, protocol::LogitsScope::last}));
  cell.load.backend = "onnxruntime-cpu";
  cell.load.artifact = std::filesystem::absolute(graph.path);
  cell.load.logits = protocol::LogitsScope::last;
  cell.load.threads = static_cast<int>(cell.load.cpus.size());
  cell.load.vocabulary = model.config.vocabulary;
  cell.load.max_positions = model.config.positions;

  std::vector<double> ours;
  std::vector<double> bare;
  for (int round = 0; round < rounds; ++round) {
    // Who goes first alternates, so that a drift of the machine favours neither.
    for (const bool ours_now : {round % 2 == 0, round % 2 != 0}) {
      TRY_ASSIGN(const double mean_ms,
                 ours_now ? with_inferscale(cell, worker) : with_bare_loop(cell, bare_loop));
      (ours_now ? ours : bare).push_back(mean_ms);
    }
  }
  const analysis::PairedTest test = analysis::compare_paired(ours, bare);
  Json json = Json::object();
  json["ratio"] = test.ratio;
  json["ratio_ci95"] = test.ci95 ? Json{test.ci95->low, test.ci95->high} : Json();
  json["rounds"] = rounds;
  json["inferscale_ms"] = analysis::estimate(ours).mean;
  json["bare_ms"] = analysis::estimate(bare).mean;
  return json;
}

}  // namespace
}  // namespace inferscale

int main(int argc, char** argv) {
  if (argc != 8) {
    fmt::print(stderr, "usage: {} MODEL SCENARIO ROUNDS SECONDS ARTIFACTS BARE_LOOP WORKER\n", argv[0]);
    return 2;
  }
  const auto result = inferscale::compare(argv);
  if (!result) {
    fmt::print(stderr, "bench_harness: {}\n", result.error().message);
    return 1;
  }
  fmt::print("{}\n", inferscale::to_line(*result));
  return 0;
}
