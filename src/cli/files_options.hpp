#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "artifact/model_files.hpp"
#include "client/registry.hpp"
#include "record/plan.hpp"

namespace inferscale::cli {

/// The options of every command that makes what a backend loads. What a plan has too has its default, since a
/// report's commands name what differs from that.
struct FilesOptions {
  std::string backend;
  std::string logits{to_string(record::Plan().logits)};
  std::string artifacts = "artifacts";
  std::string options = "{}";
  int new_tokens = record::Plan().new_tokens;
  std::uint64_t seed = record::Plan().seed;
};

void declare_files_options(CLI::App& command, FilesOptions& options);

/// The backend of that name, which can run here; else a usage error (unknown) or Outcome::unsupported.
Result<client::RegisteredBackend> require_usable(const client::Registry& registry,
                                                 const std::string& backend);

/// Everything but the scenarios: every mode, so that one engine serves prefill and generate.
Result<artifact::FilesRequest> files_request(const FilesOptions& options,
                                             const client::RegisteredBackend& backend,
                                             const client::Registry& registry);

}  // namespace inferscale::cli
