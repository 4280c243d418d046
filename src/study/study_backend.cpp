#include "study/study_backend.hpp"

namespace inferscale {
namespace {

std::string reason_not_to_run(const RegisteredBackend& backend, const Plan& plan) {
  if (!plan.device.empty() && backend.info.device != plan.device) {
    return fmt::format("runs on {}, and this study is of device {}", backend.info.device, plan.device);
  }
  return backend.info.unavailable_because;
}

}  // namespace

Result<std::vector<StudyBackend>> resolve_backends(const Plan& plan, const Registry& registry) {
  std::vector<StudyBackend> backends;
  for (const auto& name : plan.backends) {
    TRY_ASSIGN(RegisteredBackend found, registry.require(name));
    StudyBackend backend;
    backend.unsupported_because = reason_not_to_run(found, plan);
    backend.info = std::move(found.info);
    backend.runtime = std::move(found.runtime);
    backend.runtime_version = std::move(found.runtime_version);
    backend.worker = std::move(found.executable);
    backends.push_back(std::move(backend));
  }
  return backends;
}

}  // namespace inferscale
