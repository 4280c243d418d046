#include "tensorrt_backend.hpp"
#include "worker/worker_loop.hpp"

int main(int argc, char** argv) {
  return inferscale::worker::run_worker(inferscale::tensorrt::make_tensorrt_backend, argc, argv);
}
