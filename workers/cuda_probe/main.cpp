#include <cstdio>

#include "core/json.hpp"
#include "gpu_limits.hpp"

// inferscale-probe-cuda: one line of JSON, what the first GPU can do at most (docs/reference/results.md,
// roofline).

int main(int argc, char** argv) {
  if (argc > 1) {
    fmt::print(stderr, "{}: takes no arguments; prints the GPU's measured copy bandwidth and matmul rates\n",
               argv[0]);
    return 2;
  }
  const auto limits = inferscale::cuda_probe::measure_cuda_limits();
  if (!limits) {
    fmt::print(stderr, "{}: {}\n", argv[0], limits.error().message);
    return 1;
  }
  fmt::print("{}\n", inferscale::to_line(inferscale::cuda_probe::to_json(*limits)));
  return 0;
}
