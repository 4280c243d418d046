#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace inferscale::tokenizer {

/// What encode does where the text spells out a special token such as <|endoftext|>.
enum class SpecialTokens {
  recognise,  ///< it becomes that token's id (transformers' default; tiktoken's allowed_special="all")
  as_text,    ///< it is text like any other, as text from users should be (tiktoken's encode_ordinary)
};

/// A byte-pair encoding (BPE) as its model folder describes it: GPT-2's, Llama's, Qwen's, Mistral's, Gemma's.
/// The ids are those of Hugging Face's tokenizers (and of tiktoken) for every text.
///
/// Source: Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units" (2016), and the
/// format of tokenizer.json; docs/reference/tokenizer.md has the details. Safe to use from several threads at
/// once.
class Tokenizer {
 public:
  /// Reads tokenizer.json, or else vocab.json and merges.txt, from a model folder in Hugging Face layout. The
  /// error says which file is missing, malformed or of another kind, and where.
  static Result<Tokenizer> load(const std::filesystem::path& folder);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;
  ~Tokenizer();

  /// Ids of the text, without any token before or after it. Bytes that are not UTF-8 become U+FFFD first, as
  /// Python's bytes.decode('utf-8', 'replace') does. Any text has ids; throws only std::bad_alloc.
  [[nodiscard]] std::vector<std::int32_t> encode(std::string_view text,
                                                 SpecialTokens special = SpecialTokens::recognise) const;

  /// The ids that a model is given for a text: those of encode with the tokens that the tokenizer puts around
  /// a text, such as <s> (GPT-2's puts none), at most `most_tokens` in all. Ids of the text are cut at its
  /// end, as transformers does.
  [[nodiscard]] std::vector<std::int32_t> encode_for_model(std::string_view text,
                                                           std::size_t most_tokens) const;

  /// The text that the ids stand for. Where tokens are bytes, that is exactly the text that was encoded, if
  /// it was UTF-8 and nothing normalised it; ids cut out of a longer sequence may begin or end inside a
  /// character then, and replace_invalid_utf8 (tokenizer/utf8.hpp) makes text of them. An error names the
  /// first id that is not in the vocabulary.
  [[nodiscard]] Result<std::string> decode(std::span<const std::int32_t> ids) const;

  /// Whether the id stands for a token. A model whose vocabulary is padded may choose one that does not.
  [[nodiscard]] bool has(std::int32_t id) const;

  /// One more than the largest id: the fewest rows a model's embedding must have. 50,257 for GPT-2.
  [[nodiscard]] std::int32_t vocabulary_size() const;

  /// The id of <|endoftext|>, or -1 when this vocabulary has none.
  [[nodiscard]] std::int32_t end_of_text() const;

  /// An error when the tokenizer has ids that a model with `model_vocabulary_size` embeddings has no row for.
  /// A model may have more: some are padded.
  [[nodiscard]] Result<void> check_fits(std::int64_t model_vocabulary_size) const;

  /// The folder it was loaded from, as it was given.
  [[nodiscard]] const std::filesystem::path& folder() const;

 private:
  struct State;
  explicit Tokenizer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace inferscale::tokenizer
