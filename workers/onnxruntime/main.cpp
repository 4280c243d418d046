#include "any_device.hpp"
#include "worker/worker_loop.hpp"

int main(int argc, char** argv) {
  return inferscale::worker::run_worker(inferscale::onnxruntime::make_any_onnxruntime_backend, argc, argv);
}
