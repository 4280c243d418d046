#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>

#include "doctor/checks.hpp"

namespace inferscale::doctor {
namespace {

/// What is known of one runtime over all of its backends.
struct Runtime {
  std::string title;  ///< "ONNX Runtime 1.32.0"
  std::vector<std::string> available;
  std::string reason;      ///< of the first backend that is not
  std::string gpu_reason;  ///< of the first on a GPU that is not
  bool gpu_only = true;
};

/// In the order in which their backends come.
std::vector<std::pair<std::string, Runtime>> runtimes_of(
    const std::vector<client::RegisteredBackend>& backends) {
  std::vector<std::pair<std::string, Runtime>> runtimes;
  for (const auto& backend : backends) {
    auto found = std::find_if(runtimes.begin(), runtimes.end(),
                              [&](const auto& entry) { return entry.first == backend.worker; });
    if (found == runtimes.end()) {
      found = runtimes.insert(runtimes.end(), {backend.worker, {}});
    }
    auto& runtime = found->second;
    runtime.gpu_only &= backend.info.device == "cuda";
    if (!backend.runtime.empty()) {
      runtime.title = fmt::format("{} {}", backend.runtime, backend.runtime_version);
    }
    if (backend.available()) {
      runtime.available.push_back(backend.info.name);
    } else if (runtime.reason.empty()) {
      runtime.reason = backend.info.unavailable_because;
    }
    if (!backend.available() && backend.info.device == "cuda" && runtime.gpu_reason.empty()) {
      runtime.gpu_reason = backend.info.unavailable_because;
    }
  }
  return runtimes;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

/// "580.95.05" in the kernel's "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release
/// ...".
std::string kernel_driver_version(const std::filesystem::path& root) {
  std::ifstream in(root / "proc/driver/nvidia/version");
  std::string line;
  std::getline(in, line);
  std::smatch match;
  return std::regex_search(line, match, std::regex(R"(\s(\d+\.\d+(\.\d+)?)\s)")) ? match[1].str()
                                                                                 : std::string{};
}

}  // namespace

std::vector<Finding> check_workers(const std::vector<client::RegisteredBackend>& backends,
                                   const std::vector<std::string>& problems, bool has_gpu,
                                   const std::string& to_get_one) {
  std::vector<Finding> findings;
  bool measures_something = false;
  for (const auto& [worker, runtime] : runtimes_of(backends)) {
    if (!runtime.available.empty()) {
      measures_something |= worker != "null";  // which computes nothing: it measures the harness
      findings.push_back(
          {Verdict::ok, worker, fmt::format("{}: {}", runtime.title, joined(runtime.available)), {}});
      if (has_gpu && !runtime.gpu_reason.empty()) {
        findings.push_back({Verdict::warning, worker,
                            "not usable on the GPU: those rows will be 'unsupported'", runtime.gpu_reason});
      }
    } else if (runtime.gpu_only && !has_gpu) {
      findings.push_back({Verdict::ok, worker, "not usable, nor of use: there is no GPU", {}});
    } else {
      findings.push_back(
          {Verdict::warning, worker, "not usable: its rows will be 'unsupported'", runtime.reason});
    }
  }
  for (const auto& problem : problems) {
    findings.push_back(
        {Verdict::warning, "worker", problem, "run that program by hand to see what it needs"});
  }
  if (!measures_something) {
    findings.push_back({Verdict::missing, "runtimes", "none can run here", to_get_one});
  }
  return findings;
}

CudaLibrary probe_cuda_library() {
  CudaLibrary result;
  void* library = ::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) {
    return result;
  }
  result.loaded = true;
  link_map* map = nullptr;
  if (::dlinfo(library, RTLD_DI_LINKMAP, static_cast<void*>(&map)) == 0 && map != nullptr) {
    std::error_code ignored;
    const auto name = std::filesystem::canonical(map->l_name, ignored).filename().string();
    const std::string_view stem = "libcuda.so.";
    if (name.rfind(stem, 0) == 0 && name.find('.', stem.size()) != std::string::npos) {
      result.file_version = name.substr(stem.size());
    }
  }
  // CUresult cuDriverGetVersion(int*), CUDA driver API: 13000 is 13.0. It needs no device.
  if (auto* get_version = reinterpret_cast<int (*)(int*)>(::dlsym(library, "cuDriverGetVersion"))) {
    int version = 0;
    if (get_version(&version) == 0 && version > 0) {
      result.cuda_version = fmt::format("{}.{}", version / 1000, version % 1000 / 10);
    }
  }
  ::dlclose(library);
  return result;
}

Finding check_gpu(const std::filesystem::path& root, const CudaLibrary& library) {
  const auto driver = kernel_driver_version(root);
  if (driver.empty() && !library.loaded) {
    return {Verdict::ok, "GPU", "none: CPU backends only", {}};
  }
  if (driver.empty()) {
    return {Verdict::warning, "GPU", "libcuda is here, the kernel driver is not",
            "load the driver (modprobe nvidia), or start the container with the GPU (docker --gpus all)"};
  }
  if (!library.loaded) {
    return {Verdict::warning, "GPU", fmt::format("driver {}, but libcuda.so.1 cannot be loaded", driver),
            "install the driver's libraries, or put their folder into LD_LIBRARY_PATH"};
  }
  if (!library.file_version.empty() && library.file_version != driver) {
    return {Verdict::warning, "GPU", fmt::format("driver {} with libcuda {}", driver, library.file_version),
            "driver and library must be of one version: restart the machine after an upgrade of the driver"};
  }
  return {Verdict::ok,
          "GPU",
          library.cuda_version.empty()
              ? fmt::format("driver {}", driver)
              : fmt::format("driver {}, CUDA up to {}", driver, library.cuda_version),
          {}};
}

}  // namespace inferscale::doctor
