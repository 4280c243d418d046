// ONNX Runtime is opened when the worker starts, and not linked: a package installer puts the library into a
// folder and under a name that no link could know (onnxruntime/capi/libonnxruntime.so.1.32.0), and there may
// be two of them. The whole interface of ONNX Runtime hangs on one function, so this file has that function
// and hands the call on.
#include "library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <onnxruntime_cxx_api.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/process.hpp"
#include "core/shared_library.hpp"

namespace inferscale::onnxruntime {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStem = "libonnxruntime.so.";
constexpr std::string_view kByName = "libonnxruntime.so.1";
constexpr std::string_view kGpuPackage = "onnxruntime_gpu-";
constexpr int kCannotStart = 127;  // as the dynamic linker exits for a library that it does not find

/// "1.32.0" as {1, 32, 0}.
std::vector<int> numbers_of(std::string_view version) {
  std::vector<int> numbers(1, 0);
  for (const char c : version) {
    if (c == '.') {
      numbers.push_back(0);
    } else if (c >= '0' && c <= '9') {
      numbers.back() = numbers.back() * 10 + (c - '0');
    }
  }
  return numbers;
}

std::vector<std::string> names_in(const fs::path& folder, std::string_view prefix) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (auto name = entry->path().filename().string(); name.starts_with(prefix)) {
      names.push_back(name.substr(prefix.size()));
    }
  }
  return names;
}

/// Behind the first line that says why, nothing can go on: the C++ interface asks before main() begins.
[[noreturn]] void cannot_start(const std::string& why) {
  fmt::print(stderr, "error while loading ONNX Runtime: {}\n", why);
  std::fflush(stderr);
  std::_Exit(kCannotStart);
}

struct Loaded {
  const OrtApiBase* base = nullptr;
  fs::path file;
};

/// LD_PRELOAD, or a variant's library (src/client/worker_library.cpp): what is there already is what was
/// asked for.
bool is_loaded(std::string_view name) {
  return ::dlopen(std::string(name).c_str(), RTLD_LAZY | RTLD_NOLOAD) != nullptr;
}

Loaded load() {
  const auto root = executable_folder().parent_path();  // of an installed package: site-packages/inferscale
  const bool installed = root.filename() == "inferscale" && !is_loaded(kByName);
  const auto packaged = installed ? library_of_packages(root.parent_path()) : fs::path{};
  const auto library = SharedLibrary::open(packaged.empty() ? std::string(kByName) : packaged.string());
  if (!library) {
    cannot_start(library.error().message);
  }
  auto* get_base = library->find<const OrtApiBase*()>("OrtGetApiBase");
  if (get_base == nullptr) {
    cannot_start(fmt::format("{} has no OrtGetApiBase", packaged.empty() ? kByName : packaged.string()));
  }
  Loaded loaded{get_base(), {}};
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(get_base), &info) != 0 && info.dli_fname != nullptr) {
    loaded.file = info.dli_fname;
  }
  if (loaded.base->GetApi(ORT_API_VERSION) == nullptr) {
    cannot_start(fmt::format("{} is version {}, and the worker needs 1.{} or newer", loaded.file.string(),
                             loaded.base->GetVersionString(), ORT_API_VERSION));
  }
  return loaded;
}

const Loaded& loaded() {
  static const Loaded library = load();
  return library;
}

}  // namespace

fs::path library_of_onnxruntime() {
  return loaded().file;
}

fs::path folder_of_onnxruntime() {
  std::error_code ignored;
  return fs::canonical(library_of_onnxruntime(), ignored).parent_path();
}

fs::path library_of_packages(const fs::path& packages) {
  const auto folder = packages / "onnxruntime" / "capi";
  auto versions = names_in(folder, kStem);
  if (versions.empty()) {
    return {};
  }
  std::error_code ignored;
  if (fs::exists(folder / "libonnxruntime_providers_cuda.so", ignored)) {
    for (const auto& package : names_in(packages, kGpuPackage)) {  // "1.31.1.dist-info"
      const auto version = package.substr(0, package.find(".dist-info"));
      if (std::find(versions.begin(), versions.end(), version) != versions.end()) {
        return folder / fmt::format("{}{}", kStem, version);
      }
    }
  }
  const auto newest = std::max_element(
      versions.begin(), versions.end(),
      [](const auto& one, const auto& other) { return numbers_of(one) < numbers_of(other); });
  return folder / fmt::format("{}{}", kStem, *newest);
}

}  // namespace inferscale::onnxruntime

const OrtApiBase* ORT_API_CALL OrtGetApiBase() noexcept {
  return inferscale::onnxruntime::loaded().base;
}
