#pragma once

#include <filesystem>

#include "client/executor.hpp"

namespace inferscale::client {

/// The same worker with the libraries of this folder: those of them that the worker loads or opens at its
/// start are loaded first (LD_PRELOAD, for a worker's own search path goes before $LD_LIBRARY_PATH), and what
/// these load later is looked for there too. The usage error is a folder that holds none of the worker's
/// libraries.
Result<WorkerProgram> with_libraries(const WorkerProgram& worker, const std::filesystem::path& folder);

}  // namespace inferscale::client
