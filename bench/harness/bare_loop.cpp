// A forward pass in a loop, as short as it can be written with ONNX Runtime's C++ API: what inferscale's
// measuring is compared with. It has nothing of inferscale in it; session settings and the boundary of
// latency are those of the worker.
//
//   bare_loop GRAPH BATCH LENGTH LOGITS VOCABULARY CPUS WARMUP SECONDS     CPUS: "0,1", a thread on each
//
// Prints the mean latency in milliseconds, and the number of iterations.
#include <onnxruntime_cxx_api.h>
#include <onnxruntime_session_options_config_keys.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "../bare_program.hpp"

namespace {

std::vector<int> parse_cpus(const char* text) {
  std::vector<int> cpus;
  std::istringstream stream(text);
  for (std::string cpu; std::getline(stream, cpu, ',');) {
    cpus.push_back(std::atoi(cpu.c_str()));
  }
  return cpus;
}

void pin(const std::vector<int>& cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) {
    CPU_SET(static_cast<std::size_t>(cpu), &set);
  }
  sched_setaffinity(0, sizeof set, &set);
}

Ort::SessionOptions session_options(const std::vector<int>& cpus) {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(static_cast<int>(cpus.size()));
  options.SetInterOpNumThreads(1);
  options.SetExecutionMode(ExecutionMode::ORT_SEQUENTIAL);
  options.SetGraphOptimizationLevel(GraphOptimizationLevel::ORT_ENABLE_ALL);
  std::string affinities;
  for (std::size_t i = 1; i < cpus.size(); ++i) {
    affinities += (i == 1 ? "" : ";") + std::to_string(cpus[i] + 1);
  }
  if (!affinities.empty()) {
    options.AddConfigEntry(kOrtSessionOptionsConfigIntraOpThreadAffinities, affinities.c_str());
  }
  return options;
}

int run(char** argv) {
  const std::int64_t batch = std::atoi(argv[2]);
  const std::int64_t length = std::atoi(argv[3]);
  const std::int64_t positions = std::string(argv[4]) == "all" ? length : 1;
  const std::int64_t vocabulary = std::atoi(argv[5]);
  const auto cpus = parse_cpus(argv[6]);
  const int warmup = std::atoi(argv[7]);
  const double seconds = std::atof(argv[8]);
  pin(cpus);
  const Ort::Env environment(ORT_LOGGING_LEVEL_ERROR, "bare");
  Ort::Session session(environment, argv[1], session_options(cpus));

  const auto prompt = bare::make_prompt(batch * length, vocabulary);
  std::vector<std::int32_t> ids(prompt.size());
  std::vector<float> logits(static_cast<std::size_t>(batch * positions * vocabulary));
  const std::array<std::int64_t, 2> ids_shape{batch, length};
  const std::array<std::int64_t, 3> logits_shape{batch, positions, vocabulary};
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const auto input = Ort::Value::CreateTensor<std::int32_t>(memory, ids.data(), ids.size(), ids_shape.data(),
                                                            ids_shape.size());
  auto output = Ort::Value::CreateTensor<float>(memory, logits.data(), logits.size(), logits_shape.data(),
                                                logits_shape.size());
  const Ort::RunOptions options;
  const char* input_name = "input_ids";
  const char* output_name = "logits";
  const auto iterate = [&] {
    std::copy(prompt.begin(), prompt.end(), ids.begin());
    session.Run(options, &input_name, &input, 1, &output_name, &output, 1);
  };

  for (int i = 0; i < warmup; ++i) {
    iterate();
  }
  const auto [mean_ms, iterations] = bare::time_loop(iterate, seconds);
  std::printf("%.9g %d\n", mean_ms, iterations);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return bare::run_program(argc, argv, 8, "GRAPH BATCH LENGTH LOGITS VOCABULARY CPUS WARMUP SECONDS", run);
}
