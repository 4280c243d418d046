#include "artifact/calibration_samples.hpp"

#include <algorithm>

#include "core/files.hpp"
#include "core/sha256.hpp"
#include "core/usage.hpp"
#include "model/random.hpp"
#include "protocol/prompt.hpp"
#include "quality/corpus.hpp"

namespace inferscale::artifact {
namespace {

std::size_t sample_length(const model::Model& model) {
  return static_cast<std::size_t>(std::min(kCalibrationTokens, model.config.positions));
}

Result<tokenizer::Tokenizer> tokenizer_for(const model::Model& model, const std::filesystem::path& folder) {
  if (folder.empty() && model.seeded()) {
    return fail_usage(
        "calibration on a corpus needs a tokenizer: give the folder that holds one with --tokenizer");
  }
  TRY_ASSIGN(tokenizer::Tokenizer tokenizer,
             as_usage(tokenizer::Tokenizer::load(folder.empty() ? model.folder : folder)));
  TRY(as_usage(tokenizer.check_fits(model.config.vocabulary)));
  return tokenizer;
}

}  // namespace

Result<CalibrationSamples> corpus_samples(const model::Model& model, const std::filesystem::path& corpus_file,
                                          const std::filesystem::path& tokenizer_folder) {
  TRY_ASSIGN(const tokenizer::Tokenizer tokenizer, tokenizer_for(model, tokenizer_folder));
  TRY_ASSIGN(const quality::Corpus corpus, quality::read_corpus(corpus_file, 0));
  const std::size_t length = sample_length(model);
  std::vector<std::int32_t> stream;
  for (const auto& line : corpus.lines) {
    const auto ids = tokenizer.encode(line);
    stream.insert(stream.end(), ids.begin(), ids.end());
    if (stream.size() >= kCalibrationSamples * length) {
      break;
    }
  }
  if (stream.size() < length) {
    return fail_usage("{}: has {} tokens, fewer than one calibration sample of {}", corpus_file.string(),
                      stream.size(), length);
  }
  CalibrationSamples samples;
  const auto count = std::min<std::size_t>(kCalibrationSamples, stream.size() / length);
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = stream.begin() + static_cast<std::ptrdiff_t>(i * length);
    samples.tokens.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(length));
  }
  samples.source = Json{
      {"source", "corpus"}, {"corpus", corpus_file.filename().string()}, {"corpus_sha256", corpus.sha256}};
  return samples;
}

CalibrationSamples random_samples(const model::Model& model, std::uint64_t seed) {
  const std::size_t length = sample_length(model);
  std::vector<std::int32_t> stream(kRandomCalibrationSamples * length);
  protocol::fill_prompt(model::stream_key(seed, "calibration"), model.config.vocabulary, stream);
  CalibrationSamples samples;
  for (auto begin = stream.begin(); begin != stream.end(); begin += static_cast<std::ptrdiff_t>(length)) {
    samples.tokens.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(length));
  }
  samples.source = Json{{"source", "random token ids"}, {"seed", seed}};
  return samples;
}

std::string samples_sha256(const CalibrationSamples& samples) {
  Sha256 hash;
  for (const auto& tokens : samples.tokens) {
    hash.update(tokens.data(), tokens.size() * sizeof(std::int32_t));
  }
  return hash.finish();
}

Result<Artifact> samples_file(ArtifactStore& store, const model::Model& model,
                              const CalibrationSamples& samples) {
  Recipe recipe;
  recipe.kind = "calib";
  recipe.stem = "samples";
  recipe.extension = ".json";
  recipe.key = Json{{"samples_sha256", samples_sha256(samples)}, {"tokens", samples.tokens.at(0).size()}};
  recipe.details =
      Json{{"model", model.name}, {"samples", samples.tokens.size()}, {"source", samples.source}};
  recipe.make = [&](const std::filesystem::path& file) -> Result<Made> {
    const std::string text = to_line(Json{{"tokens", samples.tokens}}) + "\n";
    TRY(write_file_atomic(file, text));
    Made made;
    made.file = onnx_graph::WrittenFile{file, text.size(), sha256_hex(text)};
    return made;
  };
  return store.get_or_make(model, recipe);
}

}  // namespace inferscale::artifact
