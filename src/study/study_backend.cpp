#include "study/study_backend.hpp"

#include <system_error>

#include "client/worker_library.hpp"
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

/// The worker that the variant names, or the registry's with the variant's libraries, asked anew.
Result<client::RegisteredBackend> ask_variant(const client::RegisteredBackend& known,
                                              const client::WorkerProgram& worker) {
  auto asked = client::ask_for_backend(worker, known.info.name);
  if (asked) {
    return asked;
  }
  client::RegisteredBackend missing = known;
  missing.info.unavailable_because = asked.error().message;
  missing.unavailable_outcome =
      asked.error().outcome == Outcome::timeout ? Outcome::timeout : Outcome::unsupported;
  return missing;
}

Result<StudyBackend> study_variant(const record::Variant& variant, const client::Registry& registry) {
  TRY_ASSIGN(client::RegisteredBackend found, registry.require(variant.backend));
  client::WorkerProgram worker(found.executable);
  if (!variant.worker.empty()) {
    std::error_code error;
    worker.file = std::filesystem::canonical(variant.worker, error);
    if (error) {
      return fail_usage("variant '{}': worker '{}': {}", variant.name, variant.worker, error.message());
    }
  }
  if (!variant.library.empty() && !worker.file.empty()) {
    auto with_library = client::with_libraries(worker, variant.library);
    if (!with_library) {
      return tl::unexpected(with_library.error().in(fmt::format("variant '{}'", variant.name)));
    }
    worker = std::move(*with_library);
  }
  if (!variant.worker.empty() || (!variant.library.empty() && !worker.file.empty())) {
    TRY_ASSIGN(found, ask_variant(found, worker));
  }
  StudyBackend backend = study_backend(found);
  backend.variant = variant.name;
  backend.worker = std::move(worker);
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
    if (const record::Variant* variant = record::find_variant(plan.variants, name)) {
      TRY_ASSIGN(StudyBackend backend, study_variant(*variant, registry));
      backends.push_back(std::move(backend));
    } else {
      TRY_ASSIGN(const client::RegisteredBackend found, registry.require(name));
      backends.push_back(study_backend(found));
    }
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
