#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/model.hpp"
#include "quality/perplexity.hpp"
#include "record/plan.hpp"

namespace inferscale::study {

/// A corpus as one model sees it.
struct ModelCorpus {
  quality::TokenSequences sequences;
  std::string file_sha256;
  std::string tokens_sha256;  ///< of all ids: equal for equal corpus, tokenizer and cut
};

/// Reads and tokenises a corpus for a model: with the tokenizer given, or else the model folder's own. All
/// errors are wrong usage: no tokenizer, one that does not fit the model, a corpus that is empty, binary, or
/// predicts nothing.
Result<ModelCorpus> load_model_corpus(const model::Model& model, const std::string& corpus_file,
                                      const std::string& tokenizer_folder);

/// One for each model, in order; empty when the plan has no corpus.
Result<std::vector<ModelCorpus>> load_study_corpora(const record::Plan& plan,
                                                    const std::vector<model::Model>& models);

}  // namespace inferscale::study
