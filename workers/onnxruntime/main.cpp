#include "any_device.hpp"
#include "worker/worker_loop.hpp"

int main(int argc, char** argv) {
  return inferscale::run_worker(inferscale::make_any_onnxruntime_backend, argc, argv);
}
