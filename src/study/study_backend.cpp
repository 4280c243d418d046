#include "study/study_backend.hpp"

#include "protocol/needs.hpp"

namespace inferscale::study {
namespace {

void check_device(const record::Plan& plan, StudyBackend& backend) {
  if (!plan.device.empty() && backend.info.device != plan.device) {
    backend.known_outcome = KnownOutcome{
        Outcome::unsupported,
        fmt::format("runs on {}, and this study is of device {}", backend.info.device, plan.device)};
  }
}

StudyBackend study_backend(const client::RegisteredBackend& found) {
  StudyBackend backend;
  backend.info = found.info;
  backend.runtime = found.runtime;
  backend.runtime_version = found.runtime_version;
  backend.worker = found.executable;
  if (!found.available()) {
    backend.known_outcome = KnownOutcome{found.unavailable_outcome, found.info.unavailable_because};
  }
  return backend;
}

std::optional<StudyBackend> first_available(std::initializer_list<const char*> names,
                                            const client::Registry& registry) {
  for (const char* name : names) {
    const client::RegisteredBackend* found = registry.find(name);
    if (found != nullptr && found->available()) {
      return study_backend(*found);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<StudyBackend> choose_reference(const std::vector<StudyBackend>& backends,
                                             const client::Registry& registry) {
  if (auto found = first_available({"onnxruntime-cpu", "transformers-cpu", "openvino-cpu"}, registry)) {
    return found;
  }
  for (const auto& backend : backends) {
    if (backend.can_run() && is_full_precision(precision_of(backend.info)) && loads_a_file(backend.info)) {
      return backend;
    }
  }
  return std::nullopt;
}

std::optional<StudyBackend> choose_exact(const client::Registry& registry) {
  return first_available({"onnxruntime-cpu", "openvino-cpu"}, registry);
}

Result<std::vector<StudyBackend>> resolve_backends(const record::Plan& plan,
                                                   const client::Registry& registry) {
  std::vector<StudyBackend> backends;
  for (const auto& name : plan.backends) {
    TRY_ASSIGN(const client::RegisteredBackend found, registry.require(name));
    backends.push_back(study_backend(found));
    check_device(plan, backends.back());
  }
  for (const auto& [name, options] : plan.backend_options) {
    if (const auto known = registry.require(name); !known) {
      return tl::unexpected(known.error().in("backend_options"));
    }
  }
  return backends;
}

}  // namespace inferscale::study
