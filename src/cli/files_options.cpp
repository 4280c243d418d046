#include "cli/files_options.hpp"

#include "core/json.hpp"
#include "terminal/number_options.hpp"

namespace inferscale {

void declare_files_options(CLI::App& command, FilesOptions& options) {
  command.add_option("--backend", options.backend, "See 'inferscale backends'")->required();
  command.add_option("--logits", options.logits, "Positions whose logits come back: all or last")
      ->capture_default_str();
  command.add_option("--new-tokens", options.new_tokens, "Of generate")
      ->transform(whole_number_in(kNewTokensRange))
      ->capture_default_str();
  command.add_option("--seed", options.seed, "Of weights and prompts")
      ->transform(seed_number())
      ->capture_default_str();
  command.add_option("--artifacts", options.artifacts, "Folder of the artifact store")->capture_default_str();
  command
      .add_option("--options", options.options, "JSON object for the backend, as in a plan's backend_options")
      ->capture_default_str();
}

Result<RegisteredBackend> require_usable(const Registry& registry, const std::string& backend) {
  TRY_ASSIGN(RegisteredBackend found, registry.require(backend));
  if (!found.available()) {
    return fail_as(Outcome::unsupported, "backend '{}' cannot be used: {}", backend,
                   found.info.unavailable_because);
  }
  return found;
}

Result<FilesRequest> files_request(const FilesOptions& options, const RegisteredBackend& backend,
                                   const Registry& registry) {
  const auto scope = parse_logits_scope(options.logits);
  if (!scope) {
    return fail_usage("--logits is all or last, not '{}'", options.logits);
  }
  FilesRequest request;
  request.backend = backend.info;
  request.worker = backend.executable;
  request.seed = options.seed;
  request.runner = calibration_runner(registry, backend.info.device == "cuda");
  request.logits = *scope;
  request.modes = {Mode::prefill, Mode::generate};
  request.new_tokens = options.new_tokens;
  auto parsed = parse_json(options.options, "--options");
  if (!parsed || !parsed->is_object()) {
    return fail_usage("--options: {}", parsed ? "must be a JSON object" : parsed.error().message);
  }
  request.options = std::move(*parsed);
  return request;
}

}  // namespace inferscale
