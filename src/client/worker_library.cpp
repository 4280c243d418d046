#include "client/worker_library.hpp"

#include <fmt/ranges.h>

#include <sstream>
#include <system_error>

#include "core/process.hpp"

namespace inferscale::client {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{30};

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

}  // namespace

Result<WorkerProgram> with_libraries(const WorkerProgram& worker, const fs::path& folder) {
  std::error_code error;
  const fs::path whole = fs::canonical(folder, error);
  if (error || !fs::is_directory(whole)) {
    return fail_usage("library '{}' is not a folder", folder.string());
  }
  TRY_ASSIGN(const auto needed, loaded_libraries(worker.file));
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
