#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/backend_info.hpp"

namespace inferscale::record {

/// A backend that inferscale knows by name, installed or not.
struct KnownBackend {
  std::string worker;  ///< "onnxruntime": the executable is inferscale-worker-onnxruntime
  protocol::BackendInfo info;
};

/// All of them, CPU backends first; the order in which tables list backends.
const std::vector<KnownBackend>& known_backends();

/// The one of that name; nullptr where none has it.
const KnownBackend* find_known_backend(std::string_view name);

/// Of a backend that loads no model: it shows what measuring itself costs, and is no choice.
bool computes_nothing(std::string_view backend);

/// How to get a worker that is not there: "build it with -DTENSORRT_ROOT=..."; empty for unknown workers.
std::string_view how_to_get_worker(std::string_view worker);

/// The library that a worker opens when it starts, where it does not link its runtime: "libonnxruntime.so" (a
/// version follows). Empty for others.
std::string_view opened_library(std::string_view worker);

}  // namespace inferscale::record
