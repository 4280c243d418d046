#include "openvino_backend.hpp"
#include "worker/worker_loop.hpp"

int main(int argc, char** argv) {
  return inferscale::worker::run_worker(inferscale::openvino::make_openvino_backend, argc, argv);
}
