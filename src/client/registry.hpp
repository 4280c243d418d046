#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "client/executor.hpp"
#include "core/outcome.hpp"
#include "protocol/backend_info.hpp"

namespace inferscale::client {

/// A backend and the worker that serves it. Usable when info.unavailable_because is empty; the reason
/// otherwise says what to do.
struct RegisteredBackend {
  protocol::BackendInfo info;
  std::string worker;                ///< "onnxruntime"
  std::filesystem::path executable;  ///< of the worker; empty when there is none
  std::string runtime;               ///< "ONNX Runtime"; empty when there is no worker
  std::string runtime_version;       ///< "1.32.0"; empty when there is no worker
  /// What a row of it comes to while it is not available: `timeout` where its worker was asked twice and did
  /// not answer in time, for that says something of the machine's load and nothing of the backend.
  Outcome unavailable_outcome = Outcome::unsupported;

  [[nodiscard]] bool available() const { return info.unavailable_because.empty(); }
};

struct RegistryOptions {
  /// Folders with inferscale-worker-NAME executables; the first that has a NAME wins.
  std::vector<std::filesystem::path> folders;
  double hello_timeout_s = 20;  ///< a worker that does not answer in time is asked once more
};

/// $INFERSCALE_WORKER_PATH (folders separated by colons), the folder of this executable,
/// ../lib/inferscale/workers beside it.
RegistryOptions default_registry_options();

/// A backend as this worker has it, asked by hello: a worker that stands in for the registry's.
Result<RegisteredBackend> ask_for_backend(const WorkerProgram& worker, std::string_view name,
                                          double timeout_s = RegistryOptions().hello_timeout_s,
                                          Executor& executor = local_executor());

/// Every backend: those that inferscale knows, whether or not their workers are here, and those of other
/// workers that the folders hold. Each worker found is started and asked by hello, all side by side.
class Registry {
 public:
  static Registry discover(const RegistryOptions& options = default_registry_options(),
                           Executor& executor = local_executor());

  [[nodiscard]] const std::vector<RegisteredBackend>& backends() const { return backends_; }
  /// nullptr when no backend has that name.
  [[nodiscard]] const RegisteredBackend* find(std::string_view name) const;
  /// As find(), but an unknown name is a usage error that lists the names.
  [[nodiscard]] Result<RegisteredBackend> require(std::string_view name) const;
  /// Workers that were found and could not be asked: "inferscale-worker-x: reason".
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::vector<RegisteredBackend> backends_;
  std::vector<std::string> problems_;
};

}  // namespace inferscale::client
