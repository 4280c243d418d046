#include "null_backend.hpp"
#include "worker/worker_loop.hpp"

int main(int argc, char** argv) {
  return inferscale::worker::run_worker(inferscale::null::make_null_backend, argc, argv);
}
