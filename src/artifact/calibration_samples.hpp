#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "artifact/store.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "model/model.hpp"

namespace inferscale::artifact {

constexpr int kCalibrationSamples = 512;       ///< of a corpus
constexpr int kRandomCalibrationSamples = 64;  ///< random ids, which differ little from one another
constexpr int kCalibrationTokens = 128;        ///< a sample; fewer where the model has fewer positions

/// What calibration runs on.
struct CalibrationSamples {
  std::vector<std::vector<std::int32_t>> tokens;  ///< samples of one length
  Json source;                                    ///< what they are, for the cache: {"source": "corpus", ...}
};

/// The corpus' lines (stripped, empty ones dropped), tokenised and joined, cut into samples from its start
/// on. `tokenizer` empty: the folder of a folder model. Errors: those of read_corpus and Tokenizer::load; no
/// tokenizer; a tokenizer that does not fit the model; a corpus shorter than one sample.
Result<CalibrationSamples> corpus_samples(const model::Model& model, const std::filesystem::path& corpus,
                                          const std::filesystem::path& tokenizer);

/// For a study without a corpus: uniformly random token ids made from the seed.
CalibrationSamples random_samples(const model::Model& model, std::uint64_t seed);

/// SHA-256 of the ids, little-endian, one after another.
std::string samples_sha256(const CalibrationSamples& samples);

/// <root>/<model>/calib/samples-<key>.json: {"tokens": [[..], ..]}, for a runtime that calibrates by itself.
Result<Artifact> samples_file(ArtifactStore& store, const model::Model& model,
                              const CalibrationSamples& samples);

}  // namespace inferscale::artifact
