#include "doctor/installation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>

namespace inferscale::doctor {
namespace {

namespace fs = std::filesystem;

/// A package that brings a runtime's library (versions.env), and where that lies in site-packages.
struct Package {
  std::string_view name;
  std::string_view version;
  std::string_view folder;
  std::string_view library;  ///< what the library's name begins with
};
constexpr std::array<Package, 2> kPackages{{
    {"onnxruntime", ONNXRUNTIME_VERSION, "onnxruntime/capi", "libonnxruntime.so."},
    {"openvino", OPENVINO_VERSION, "openvino/libs", "libopenvino.so."},
}};
constexpr Package kGpuPackage{"onnxruntime-gpu", ONNXRUNTIME_GPU_VERSION, "onnxruntime/capi",
                              "libonnxruntime.so." ONNXRUNTIME_GPU_VERSION};

bool holds(const fs::path& folder, std::string_view prefix) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().filename().string().starts_with(prefix)) {
      return true;
    }
  }
  return false;
}

/// As pip recorded it: "1.32.0" of onnxruntime-1.32.0.dist-info; empty when it is not installed.
std::string installed_version(const fs::path& packages, std::string_view name) {
  std::string prefix(name);
  std::replace(prefix.begin(), prefix.end(), '-', '_');
  prefix += '-';
  std::error_code error;
  for (fs::directory_iterator entry(packages, error), end; !error && entry != end; entry.increment(error)) {
    const auto file = entry->path().filename().string();
    if (file.starts_with(prefix) && file.ends_with(".dist-info")) {
      return file.substr(prefix.size(), file.size() - prefix.size() - std::string_view(".dist-info").size());
    }
  }
  return {};
}

/// What is wrong with a package, in words; empty when nothing is.
std::string problem_of(const Package& package, const fs::path& packages) {
  const auto version = installed_version(packages, package.name);
  if (version.empty()) {
    return "is not installed";
  }
  if (version != package.version) {
    return fmt::format("{} is installed, and this release was made for {}", version, package.version);
  }
  if (!holds(packages / package.folder, package.library)) {
    return fmt::format("{} is installed without its library ({}/{}...)", version, package.folder,
                       package.library);
  }
  return {};
}

/// A path as a shell takes it.
std::string shell_word(const std::string& path) {
  return path.find(' ') == std::string::npos ? path : fmt::format("'{}'", path);
}

/// Without what the packages themselves need: inferscale runs no Python.
std::string install_command(const Installation& installation, const std::string& packages) {
  return fmt::format("run: {} install --force-reinstall --no-deps {}", installation.pip, packages);
}

}  // namespace

Installation installation_of(const fs::path& executable_folder) {
  const auto root = executable_folder.parent_path();
  const auto packages = root.parent_path();
  std::error_code ignored;
  if (root.filename() != "inferscale" || executable_folder.filename() != "bin" ||
      !holds(packages, "inferscale-")) {
    return {};
  }
  const auto prefix = packages.parent_path().parent_path().parent_path();  // of lib/python3.11/site-packages
  if (fs::exists(prefix / "pipx_metadata.json", ignored)) {
    return {packages, fmt::format("pipx runpip {}", prefix.filename().string())};
  }
  const auto python = prefix / "bin" / "python3";
  return {packages,
          fmt::format("{} -m pip", fs::exists(python, ignored) ? shell_word(python.string()) : "python3")};
}

std::string how_to_get_runtimes(const Installation& installation) {
  if (installation.packages.empty()) {
    return "run scripts/quickstart, which gets ONNX Runtime and OpenVINO, or unpack a released tarball";
  }
  std::vector<std::string> names;
  for (const auto& package : kPackages) {
    names.push_back(fmt::format("{}=={}", package.name, package.version));
  }
  return install_command(installation, fmt::format("{}", fmt::join(names, " ")));
}

std::vector<Finding> check_packages(const Installation& installation) {
  std::vector<Finding> findings;
  if (installation.packages.empty()) {
    return findings;
  }
  const bool gpu = !installed_version(installation.packages, kGpuPackage.name).empty();
  for (auto package : kPackages) {
    if (gpu && package.name == "onnxruntime") {  // the worker takes that of the GPU
      package = kGpuPackage;
    }
    if (const auto problem = problem_of(package, installation.packages); !problem.empty()) {
      findings.push_back(
          {Verdict::warning, std::string(package.name), problem,
           install_command(installation, fmt::format("{}=={}", package.name, package.version))});
    }
  }
  return findings;
}

std::vector<Finding> check_path(std::string_view path) {
  std::vector<fs::path> seen;
  std::vector<std::string> programs;
  while (!path.empty()) {
    const fs::path folder(path.substr(0, path.find(':')));
    path.remove_prefix(
        std::min(path.size(), path.find(':') == std::string_view::npos ? path.size() : path.find(':') + 1));
    const auto program = folder / "inferscale";
    std::error_code error;
    const auto real = fs::canonical(program, error);
    if (!error && fs::is_regular_file(real, error) && ::access(real.c_str(), X_OK) == 0 &&
        std::find(seen.begin(), seen.end(), real) == seen.end()) {
      seen.push_back(real);
      programs.push_back(program.string());
    }
  }
  if (programs.size() < 2) {
    return {};
  }
  return {{Verdict::warning, "PATH",
           fmt::format("leads to {} installations: {}", programs.size(), fmt::join(programs, ", ")),
           fmt::format(
               "`inferscale` runs {}, with the workers that lie with it; remove the others, or name the one "
               "that you mean by its path",
               programs.front())}};
}

}  // namespace inferscale::doctor
