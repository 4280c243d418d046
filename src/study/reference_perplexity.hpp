#pragma once

#include <functional>
#include <optional>
#include <string>

#include "artifact/store.hpp"
#include "quality/perplexity.hpp"

namespace inferscale::study {

struct KeptPerplexity {
  record::PerplexityRun run;  ///< its seconds are those of the run that measured it
  artifact::Artifact artifact;
};

/// The perplexity of a study's reference backend on a corpus. The other backends are held against it. Kept as
/// <root>/<model>/perplexity/<backend>-<key>.json. The key is of `inputs` (what was loaded, by which version,
/// with which options, and the corpus) and of this processor. The file is found when all are the same; else
/// `measure` is called, and an error of `measure` comes back and keeps nothing.
Result<KeptPerplexity> reference_perplexity(artifact::ArtifactStore& store, const model::Model& model,
                                            const std::string& backend, const Json& inputs,
                                            const std::function<Result<record::PerplexityRun>()>& measure);

/// The perplexity's file, if the store has it.
std::optional<artifact::Artifact> find_reference_perplexity(artifact::ArtifactStore& store,
                                                            const model::Model& model,
                                                            const std::string& backend, const Json& inputs);

}  // namespace inferscale::study
