#include "cli/files_options.hpp"

#include "core/json.hpp"
#include "protocol/modes/descriptor.hpp"
#include "record/plan_ranges.hpp"
#include "terminal/number_options.hpp"

namespace inferscale::cli {

void declare_files_options(CLI::App& command, FilesOptions& options) {
  command.add_option("--backend", options.backend, "See 'inferscale backends'")
      ->type_name("BACKEND")
      ->required();
  command.add_option("--logits", options.logits, "Positions whose logits come back: all or last")
      ->type_name("all|last")
      ->capture_default_str();
  command.add_option("--new-tokens", options.new_tokens, "Of generate")
      ->type_name("N")
      ->transform(terminal::whole_number_in(record::range_of<record::Plan>("new_tokens")))
      ->capture_default_str();
  command.add_option("--seed", options.seed, "Of weights and prompts")
      ->type_name("N")
      ->transform(terminal::seed_number())
      ->capture_default_str();
  command.add_option("--artifacts", options.artifacts, "Folder of the artifact store")
      ->type_name("FOLDER")
      ->capture_default_str();
  command
      .add_option("--options", options.options, "JSON object for the backend, as in a plan's backend_options")
      ->type_name("JSON")
      ->capture_default_str();
}

Result<client::RegisteredBackend> require_usable(const client::Registry& registry,
                                                 const std::string& backend) {
  TRY_ASSIGN(client::RegisteredBackend found, registry.require(backend));
  if (!found.available()) {
    return fail_as(Outcome::unsupported, "backend '{}' cannot be used: {}", backend,
                   found.info.unavailable_because);
  }
  return found;
}

Result<artifact::FilesRequest> files_request(const FilesOptions& options,
                                             const client::RegisteredBackend& backend,
                                             const client::Registry& registry) {
  const auto scope = protocol::parse_logits_scope(options.logits);
  if (!scope) {
    return fail_usage("--logits is all or last, not '{}'", options.logits);
  }
  artifact::FilesRequest request;
  request.backend = backend.info;
  request.worker = backend.executable;
  request.seed = options.seed;
  request.runner = artifact::calibration_runner(registry, backend.info.device == "cuda");
  request.logits = *scope;
  request.modes = protocol::default_modes();
  request.new_tokens = options.new_tokens;
  auto parsed = parse_json(options.options, "--options");
  if (!parsed || !parsed->is_object()) {
    return fail_usage("{}", parsed ? "--options: must be a JSON object" : parsed.error().message);
  }
  request.options = std::move(*parsed);
  return request;
}

}  // namespace inferscale::cli
