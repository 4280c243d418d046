#include "client/registry.hpp"

#include <unistd.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <utility>

#include "client/worker_client.hpp"
#include "core/process.hpp"
#include "core/side_by_side.hpp"
#include "core/suggestion.hpp"
#include "protocol/describe.hpp"
#include "protocol/messages.hpp"
#include "record/catalog.hpp"

namespace inferscale::client {
namespace {

constexpr std::string_view kPrefix = "inferscale-worker-";

/// A worker executable and what it said of itself.
struct FoundWorker {
  std::filesystem::path executable;
  std::optional<protocol::WorkerInfo> info;
  std::string problem;
  bool timed_out = false;
  bool lacks_interpreter = false;  ///< a script whose language this system does not have: nothing is broken
};

std::map<std::string, FoundWorker> find_workers(const std::vector<std::filesystem::path>& folders,
                                                std::vector<std::string>& problems) {
  std::map<std::string, FoundWorker> workers;
  for (const auto& folder : folders) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
      const std::string file = entry.path().filename().string();
      if (!file.starts_with(kPrefix) || file.size() == kPrefix.size() || !entry.is_regular_file(ignored)) {
        continue;
      }
      if (::access(entry.path().c_str(), X_OK) == 0) {
        workers.try_emplace(file.substr(kPrefix.size()),
                            FoundWorker{entry.path(), std::nullopt, {}, false, false});
      } else {
        problems.push_back(fmt::format("{} cannot be executed: chmod +x {}", file, entry.path().string()));
      }
    }
  }
  return workers;
}

Result<protocol::WorkerInfo> ask(const WorkerProgram& program, double timeout_s, Executor& executor) {
  const auto deadline = deadline_in(timeout_s);
  TRY_ASSIGN(WorkerClient client, WorkerClient::start(program, {}, executor));
  TRY_ASSIGN(const Json reply, client.request(to_json(protocol::HelloRequest{}), "hello", deadline));
  TRY_ASSIGN(protocol::WorkerInfo info, protocol::parse_worker_info(reply, client.name()));
  TRY(client.shutdown(deadline));
  return info;
}

/// "python3" of a script that begins with "#!/usr/bin/env python3", where there is no such program; else
/// empty.
std::string missing_interpreter(const std::filesystem::path& executable) {
  constexpr std::string_view kEnv = "#!/usr/bin/env ";
  std::ifstream file(executable);
  std::string line;
  std::getline(file, line);
  if (!line.starts_with(kEnv)) {
    return {};
  }
  const std::string name = line.substr(kEnv.size());
  return find_program(name) ? std::string{} : name;
}

void ask_until_answered(FoundWorker& worker, double timeout_s, Executor& executor) {
  if (const auto name = missing_interpreter(worker.executable); !name.empty()) {
    worker.problem = fmt::format("{} is a script for {}, which is not on PATH: install it",
                                 worker.executable.filename().string(), name);
    worker.lacks_interpreter = true;
    return;
  }
  auto info = ask(worker.executable, timeout_s, executor);
  if (!info &&
      info.error().outcome == Outcome::timeout) {  // a starved machine; once more, with its libraries warm
    info = ask(worker.executable, timeout_s, executor);
  }
  if (info) {
    worker.info = std::move(*info);
    return;
  }
  worker.problem = info.error().message;
  worker.timed_out = info.error().outcome == Outcome::timeout;
}

/// All at once: each spends its time loading a runtime's libraries.
void ask_all(std::map<std::string, FoundWorker>& workers, double timeout_s, Executor& executor) {
  std::vector<FoundWorker*> all;
  for (auto& [name, worker] : workers) {
    all.push_back(&worker);
  }
  side_by_side(
      all.size(), all.size(), [] { return true; },
      [&](std::size_t i) { ask_until_answered(*all[i], timeout_s, executor); });
}

/// A known backend as this machine has it.
RegisteredBackend resolve(const record::KnownBackend& known,
                          const std::map<std::string, FoundWorker>& workers) {
  RegisteredBackend backend{known.info, known.worker, {}, {}, {}};
  const auto found = workers.find(known.worker);
  if (found == workers.end()) {
    backend.info.unavailable_because = fmt::format("worker {}{} is not installed; {}", kPrefix, known.worker,
                                                   record::how_to_get_worker(known.worker));
    return backend;
  }
  backend.executable = found->second.executable;
  if (!found->second.info) {
    backend.info.unavailable_because = found->second.problem;
    backend.unavailable_outcome = found->second.timed_out ? Outcome::timeout : Outcome::unsupported;
    return backend;
  }
  const protocol::WorkerInfo& info = *found->second.info;
  backend.runtime = info.runtime;
  backend.runtime_version = info.runtime_version;
  const auto served =
      std::find_if(info.backends.begin(), info.backends.end(),
                   [&](const protocol::BackendInfo& item) { return item.name == known.info.name; });
  if (served == info.backends.end()) {
    backend.info.unavailable_because =
        fmt::format("worker {}{} is installed ({} {}), but was built without this backend", kPrefix,
                    known.worker, info.runtime, info.runtime_version);
  } else {
    backend.info = *served;
  }
  return backend;
}

}  // namespace

RegistryOptions default_registry_options() {
  RegistryOptions options;
  const char* path = std::getenv("INFERSCALE_WORKER_PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const auto folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    if (!folder.empty()) {
      options.folders.emplace_back(folder);
    }
  }
  const auto here = executable_folder();
  options.folders.push_back(here);
  options.folders.push_back(here.parent_path() / "lib" / "inferscale" / "workers");
  return options;
}

Result<RegisteredBackend> ask_for_backend(const WorkerProgram& worker, std::string_view name,
                                          double timeout_s, Executor& executor) {
  TRY_ASSIGN(const protocol::WorkerInfo info, ask(worker, timeout_s, executor));
  for (const protocol::BackendInfo& served : info.backends) {
    if (served.name == name) {
      return RegisteredBackend{served, info.worker, worker.file, info.runtime, info.runtime_version};
    }
  }
  return fail_as(Outcome::unsupported, "{} ({} {}) has no backend '{}'", worker.file.string(), info.runtime,
                 info.runtime_version, name);
}

Registry Registry::discover(const RegistryOptions& options, Executor& executor) {
  Registry registry;
  auto workers = find_workers(options.folders, registry.problems_);
  ask_all(workers, options.hello_timeout_s, executor);
  for (const auto& known : record::known_backends()) {
    registry.backends_.push_back(resolve(known, workers));
  }
  for (const auto& [name, worker] : workers) {
    if (!worker.info) {
      if (!worker.lacks_interpreter) {
        registry.problems_.push_back(worker.problem);
      }
      continue;
    }
    for (const auto& info : worker.info->backends) {
      const RegisteredBackend* known = registry.find(info.name);
      if (known == nullptr) {
        registry.backends_.push_back(
            {info, name, worker.executable, worker.info->runtime, worker.info->runtime_version});
      } else if (known->worker != name) {
        registry.problems_.push_back(
            fmt::format("{}{}: its backend '{}' is passed over, for {}{} has one of that name", kPrefix, name,
                        info.name, kPrefix, known->worker));
      }
    }
  }
  return registry;
}

const RegisteredBackend* Registry::find(std::string_view name) const {
  const auto found = std::find_if(backends_.begin(), backends_.end(), [&](const RegisteredBackend& backend) {
    return backend.info.name == name;
  });
  return found == backends_.end() ? nullptr : &*found;
}

Result<RegisteredBackend> Registry::require(std::string_view name) const {
  if (const auto* backend = find(name)) {
    return *backend;
  }
  std::vector<std::string> names;
  for (const auto& backend : backends_) {
    names.push_back(backend.info.name);
  }
  const auto guess = did_you_mean(name, names);
  return fail_usage("unknown backend '{}'{} {}", name, guess.empty() ? ": there are" : guess + " There are",
                    fmt::join(names, ", "));
}

}  // namespace inferscale::client
