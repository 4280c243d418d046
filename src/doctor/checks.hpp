#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "client/registry.hpp"
#include "machine/environment.hpp"

namespace inferscale::doctor {

enum class Verdict {
  ok,
  warning,  ///< works, but measurements or a part of the report suffer
  missing,  ///< nothing can be measured before this is mended
};

/// One line of `inferscale doctor`.
struct Finding {
  Verdict verdict;
  std::string subject;  ///< "memory"
  std::string detail;   ///< "23.5 GiB"
  std::string advice;   ///< what to do; empty when ok
};

std::string_view to_string(Verdict verdict);

// Each looks at one thing. `root` is where /proc and /sys lie ("/"; tests have their own).

Finding check_processor(const machine::Environment& environment);
Finding check_threads(const machine::Environment& environment);
Finding check_cpu_quota(const std::filesystem::path& root, int cpus);
Finding check_load(const std::filesystem::path& root, int cpus);
Finding check_governor(const machine::Environment& environment);
Finding check_power(const std::filesystem::path& root);
Finding check_virtual_machine(const machine::Environment& environment);
/// Against what a study of the largest rung of the ladder needs.
Finding check_memory(const std::filesystem::path& root);
Finding check_disk(const std::filesystem::path& folder);
Finding check_gnuplot();
/// A line a runtime, one for each worker that does not answer, and one that is missing when no runtime is
/// left, with the advice `to_get_one`. One that serves GPUs only is no loss where there is none.
std::vector<Finding> check_workers(const std::vector<client::RegisteredBackend>& backends,
                                   const std::vector<std::string>& problems, bool has_gpu,
                                   const std::string& to_get_one);

/// What the CUDA driver library says when it is loaded: the tests have their own answers.
struct CudaLibrary {
  bool loaded = false;
  std::string file_version;  ///< "580.95.05", from the library file's name; empty when the name has none
  std::string cuda_version;  ///< "13.0", the newest CUDA that the driver runs; empty when it does not answer
};
CudaLibrary probe_cuda_library();
/// Driver without library, library without driver, or two versions of them.
Finding check_gpu(const std::filesystem::path& root, const CudaLibrary& library);

}  // namespace inferscale::doctor
