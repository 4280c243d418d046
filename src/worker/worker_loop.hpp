#pragma once

#include <functional>
#include <memory>

#include "measure/backend.hpp"

namespace inferscale::worker {

/// Makes a runtime's backend. Called once to describe it and once for each load, after the process was
/// pinned; so construction must be cheap and must not start threads, load() may.
using BackendFactory = std::function<std::unique_ptr<measure::Backend>()>;

/// main() of every C++ worker: answers the protocol's requests (docs/reference/protocol.md) on stdin with one
/// line each on stdout, until shutdown or the end of stdin. File descriptor 1 is pointed at stderr first, so
/// that a library that prints cannot break the protocol. Exceptions become error replies. Returns the exit
/// code.
int run_worker(const BackendFactory& make_backend, int argc, char** argv);

}  // namespace inferscale::worker
