#include "study/study_corpus.hpp"

#include <algorithm>
#include <string_view>

#include "core/sha256.hpp"
#include "quality/corpus.hpp"

namespace inferscale::study {

using namespace quality;

namespace {

std::string sha256_of(const TokenSequences& sequences) {
  std::string text;
  for (const auto& ids : sequences) {
    text += fmt::format("{};", fmt::join(ids, ","));
  }
  return sha256_hex(text);
}

Error as_usage(Error error) {
  error.usage = true;
  return error;
}

/// A sequence must leave at least one token to predict.
Result<ModelCorpus> cut_for(const model::Model& model, const Corpus& corpus,
                            const tokenizer::Tokenizer& tokenizer) {
  ModelCorpus result;
  result.file_sha256 = corpus.sha256;
  result.sequences = tokenise_lines(corpus, tokenizer, std::min(kSampleTokens, model.config.positions));
  if (predicted_tokens(result.sequences) == 0) {
    return fail_usage("corpus '{}' is too short for {}: no line of it has two tokens", corpus.file.string(),
                      model.name);
  }
  result.tokens_sha256 = sha256_of(result.sequences);
  return result;
}

Result<ModelCorpus> corpus_of(const model::Model& model, const Corpus& corpus,
                              const std::string& tokenizer_folder) {
  if (tokenizer_folder.empty() && model.seeded()) {
    return fail_usage(
        "{} has no tokenizer of its own: name a folder with vocab.json and merges.txt, or tokenizer.json, by "
        "--tokenizer",
        model.name);
  }
  const auto tokenizer = tokenizer::Tokenizer::load(
      tokenizer_folder.empty() ? model.folder : std::filesystem::path(tokenizer_folder));
  if (!tokenizer) {
    return tl::unexpected(as_usage(tokenizer.error()));
  }
  if (const auto fits = tokenizer->check_fits(model.config.vocabulary); !fits) {
    return tl::unexpected(as_usage(fits.error().in(model.name)));
  }
  return cut_for(model, corpus, *tokenizer);
}

}  // namespace

Result<ModelCorpus> load_model_corpus(const model::Model& model, const std::string& corpus_file,
                                      const std::string& tokenizer_folder) {
  TRY_ASSIGN(const Corpus corpus, read_corpus(corpus_file));
  return corpus_of(model, corpus, tokenizer_folder);
}

Result<std::vector<ModelCorpus>> load_study_corpora(const record::Plan& plan,
                                                    const std::vector<model::Model>& models) {
  std::vector<ModelCorpus> corpora;
  if (plan.corpus.empty()) {
    return corpora;
  }
  TRY_ASSIGN(const Corpus corpus, read_corpus(plan.corpus));
  for (const auto& model : models) {
    TRY_ASSIGN(ModelCorpus one, corpus_of(model, corpus, plan.tokenizer));
    corpora.push_back(std::move(one));
  }
  return corpora;
}

}  // namespace inferscale::study
