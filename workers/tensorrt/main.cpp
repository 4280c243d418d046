#include "tensorrt_backend.hpp"
#include "worker/worker_loop.hpp"

int main(int argc, char** argv) {
  return inferscale::run_worker(inferscale::make_tensorrt_backend, argc, argv);
}
