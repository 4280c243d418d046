#pragma once

#include <functional>
#include <optional>
#include <string>

#include "artifact/store.hpp"
#include "quality/perplexity.hpp"

namespace inferscale {

struct KeptPerplexity {
  PerplexityRun run;  ///< its seconds are those of whenever it was measured
  Artifact artifact;
};

/// The perplexity of a study's reference backend on a corpus, which those of the others are held against:
/// <root>/<model>/perplexity/<backend>-<key>.json. The key is of `inputs` (what was loaded, by which version,
/// with which options, and the corpus) and of this processor: found again when all are the same, else from
/// `measure`, whose errors come back and keep nothing.
Result<KeptPerplexity> reference_perplexity(ArtifactStore& store, const Model& model,
                                            const std::string& backend, const Json& inputs,
                                            const std::function<Result<PerplexityRun>()>& measure);

/// The file alone, if the store has it.
std::optional<Artifact> find_reference_perplexity(ArtifactStore& store, const Model& model,
                                                  const std::string& backend, const Json& inputs);

}  // namespace inferscale
