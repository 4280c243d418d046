#include "client/worker_library.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <system_error>

#include "core/process.hpp"
#include "record/catalog.hpp"

namespace inferscale::client {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{30};
constexpr std::string_view kWorkerPrefix = "inferscale-worker-";

/// What the dynamic linker would load, by name; nothing of the program runs (ld.so(8),
/// LD_TRACE_LOADED_OBJECTS).
Result<std::vector<std::string>> loaded_libraries(const fs::path& program) {
  TRY_ASSIGN(const RunResult traced,
             run_process({{program.string()}, {{"LD_TRACE_LOADED_OBJECTS", "1"}}, {}}, {}, kPatience));
  std::vector<std::string> names;
  std::istringstream lines(traced.output);
  for (std::string line; std::getline(lines, line);) {  // "\tlibx.so.1 => /usr/lib/libx.so.1 (0x..)"
    std::istringstream words(line);
    std::string name;
    words >> name;
    if (name.find(".so") != std::string::npos && name.find('/') == std::string::npos) {
      names.push_back(name);
    }
  }
  return names;
}

/// The folder's file of the library that the worker opens by name, "libonnxruntime.so.1.32.0"; empty where
/// there is none.
std::string opened_library_in(const fs::path& folder, const fs::path& program) {
  const std::string file = program.filename().string();
  const auto stem =
      file.starts_with(kWorkerPrefix) ? record::opened_library(file.substr(kWorkerPrefix.size())) : "";
  std::string newest;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !stem.empty() && !error && entry != end;
       entry.increment(error)) {
    if (const auto name = entry->path().filename().string(); name.starts_with(stem)) {
      newest = std::max(newest, name);
    }
  }
  return newest;
}

}  // namespace

Result<WorkerProgram> with_libraries(const WorkerProgram& worker, const fs::path& folder) {
  std::error_code error;
  const fs::path whole = fs::canonical(folder, error);
  if (error || !fs::is_directory(whole)) {
    return fail_usage("library '{}' is not a folder", folder.string());
  }
  TRY_ASSIGN(auto needed, loaded_libraries(worker.file));
  if (auto opened = opened_library_in(whole, worker.file); !opened.empty()) {
    needed.push_back(std::move(opened));
  }
  std::vector<std::string> ours;
  for (const std::string& name : needed) {
    if (fs::exists(whole / name)) {
      ours.push_back((whole / name).string());
    }
  }
  if (ours.empty()) {
    return fail_usage("library '{}' holds none of the libraries that {} loads: {}", folder.string(),
                      worker.file.filename().string(), fmt::join(needed, ", "));
  }
  WorkerProgram changed = worker;
  changed.environment.emplace_back("LD_PRELOAD", fmt::format("{}", fmt::join(ours, ":")));
  changed.environment.emplace_back("LD_LIBRARY_PATH", whole.string());
  return changed;
}

}  // namespace inferscale::client
