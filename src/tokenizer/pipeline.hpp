#pragma once

#include <filesystem>

#include "tokenizer/decoder.hpp"
#include "tokenizer/normalizer.hpp"
#include "tokenizer/post_processor.hpp"
#include "tokenizer/pre_tokenizer.hpp"
#include "tokenizer/tokenizer_files.hpp"

namespace inferscale::tokenizer {

/// What a tokenizer is. A text is cut at added tokens; what is left is normalised, cut into pieces, and each
/// piece merged by the model; tokens may stand around the whole. The decoder makes text of tokens again.
/// Source: Hugging Face's tokenizers, whose tokenizer.json has a member for each.
struct Pipeline {
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  TokenizerFiles model;  ///< and the added tokens
  PostProcessor post_processor;
  Decoder decoder;
};

/// tokenizer.json if it is there, or else vocab.json and merges.txt with what added_tokens.json and
/// tokenizer_config.json add. The error says which file is missing, malformed or of another kind.
Result<Pipeline> read_tokenizer_folder(const std::filesystem::path& folder);
Result<Pipeline> read_tokenizer_json(const std::filesystem::path& file);

/// What tokenizer_config.json says beside either kind of file: add_bos_token and add_eos_token, where one of
/// them stands there, decide what is around a text, as in transformers 5.
Result<void> apply_configuration(const SortedJson& json, const std::string& place, Pipeline& pipeline);

}  // namespace inferscale::tokenizer
