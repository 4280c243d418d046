#include "tokenizer/tokenizer.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "tokenizer/byte_pair_merger.hpp"
#include "tokenizer/special_tokens.hpp"
#include "tokenizer/splitter.hpp"
#include "tokenizer/utf8.hpp"
#include "tokenizer/vocabulary.hpp"
#include "tokenizer/word_tables.hpp"

namespace inferscale::tokenizer {

struct Tokenizer::State {
  State(std::filesystem::path from, Vocabulary parts, Splitter pattern)
      : folder(std::move(from)),
        vocabulary(std::move(parts)),
        splitter(std::move(pattern)),
        merger(vocabulary.byte_ids, vocabulary.rules),
        all_added(vocabulary.added, SpecialTokens::recognise),
        ordinary_added(vocabulary.added, SpecialTokens::as_text),
        whole_words(vocabulary.bytes.size()) {
    find_whole_words();
  }

  /// Tokens that their own bytes merge to, as all of GPT-2's do: pieces that need no merging.
  void find_whole_words() {
    std::vector<std::int32_t> ids;
    const auto try_token = [&](std::int32_t id) {
      const std::string& bytes = *vocabulary.bytes[static_cast<std::size_t>(id)];
      if (bytes.size() > ShortWord::kMaxBytes) {
        return;
      }
      ids.clear();
      merger.merge(bytes, ids);
      if (ids.size() == 1 && ids[0] == id && whole_words.find(ShortWord::of(bytes, bytes.size())) < 0) {
        whole_words.insert(ShortWord::of(bytes, bytes.size()), id);
      }
    };
    std::for_each(vocabulary.byte_ids.begin(), vocabulary.byte_ids.end(), try_token);
    for (const MergeRule& rule : vocabulary.rules) {
      try_token(rule.result);
    }
  }

  void encode_piece(std::string_view piece, std::size_t readable, RecentWords* words,
                    std::vector<std::int32_t>& ids) const;
  void encode_ordinary(std::string_view text, const Splitter::Matcher& matcher, RecentWords* words,
                       std::vector<std::int32_t>& ids) const;

  std::filesystem::path folder;
  Vocabulary vocabulary;
  Splitter splitter;
  BytePairMerger merger;
  AddedTokenFinder all_added;
  AddedTokenFinder ordinary_added;
  WholeWords whole_words;
  /// Shared by the calls, as short texts have few words of their own; a thread that finds it in use works
  /// without.
  mutable std::mutex recent_words_mutex;
  mutable RecentWords recent_words;
};

/// `readable` bytes from the start of the piece may be read.
inline void Tokenizer::State::encode_piece(std::string_view piece, std::size_t readable, RecentWords* words,
                                           std::vector<std::int32_t>& ids) const {
  if (piece.size() > ShortWord::kMaxBytes) {
    merger.merge(piece, ids);
    return;
  }
  const ShortWord word = ShortWord::of(piece, readable);
  if (const std::int32_t id = whole_words.find(word); id >= 0) {
    ids.push_back(id);
    return;
  }
  if (words == nullptr) {
    merger.merge(piece, ids);
    return;
  }
  if (const RecentWords::Tokens* tokens = words->find(word)) {
    ids.insert(ids.end(), tokens->begin(), std::find(tokens->begin(), tokens->end(), -1));
    return;
  }
  const std::size_t before = ids.size();
  merger.merge(piece, ids);
  if (const std::size_t count = ids.size() - before; count <= RecentWords::kMaxTokens) {
    words->insert(word, ids.data() + before, count);
  }
}

void Tokenizer::State::encode_ordinary(std::string_view text, const Splitter::Matcher& matcher,
                                       RecentWords* words, std::vector<std::int32_t>& ids) const {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = matcher.end_of_piece(text, at);
    encode_piece(text.substr(at, end - at), text.size() - at, words, ids);
    at = end;
  }
}

Tokenizer::Tokenizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::load(const std::filesystem::path& folder) {
  TRY_ASSIGN(const TokenizerFiles files, read_tokenizer_folder(folder));
  TRY_ASSIGN(Vocabulary vocabulary, Vocabulary::build(files));
  TRY_ASSIGN(Splitter splitter, Splitter::make());
  return Tokenizer(std::make_unique<State>(folder, std::move(vocabulary), std::move(splitter)));
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text, SpecialTokens special) const {
  std::string replaced;
  if (valid_utf8_prefix(text) < text.size()) {
    replaced = replace_invalid_utf8(text);
    text = replaced;
  }
  std::vector<std::int32_t> ids;
  ids.reserve(text.size() / 4 + 1);
  const std::unique_lock lock(state_->recent_words_mutex, std::try_to_lock);
  RecentWords* words = lock.owns_lock() ? &state_->recent_words : nullptr;
  const Splitter::Matcher matcher(state_->splitter);
  const AddedTokenFinder& added =
      special == SpecialTokens::recognise ? state_->all_added : state_->ordinary_added;
  // The pattern sees each stretch between added tokens as a text of its own: "\s+(?!\S)" looks at its end.
  std::size_t at = 0;
  while (const auto found = added.find(text, at)) {
    state_->encode_ordinary(text.substr(at, found->begin - at), matcher, words, ids);
    ids.push_back(found->id);
    at = found->end;
  }
  state_->encode_ordinary(text.substr(at), matcher, words, ids);
  return ids;
}

Result<std::string> Tokenizer::decode(std::span<const std::int32_t> ids) const {
  const auto& bytes = state_->vocabulary.bytes;
  std::string text;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::int32_t id = ids[i];
    if (id < 0 || static_cast<std::size_t>(id) >= bytes.size() || !bytes[static_cast<std::size_t>(id)]) {
      return fail("token {} of the sequence has id {}, which is not in the vocabulary of {} ({} ids)", i, id,
                  state_->folder.string(), bytes.size());
    }
    text += *bytes[static_cast<std::size_t>(id)];
  }
  return text;
}

std::int32_t Tokenizer::vocabulary_size() const {
  return static_cast<std::int32_t>(state_->vocabulary.bytes.size());
}

std::int32_t Tokenizer::end_of_text() const {
  return state_->vocabulary.end_of_text;
}

Result<void> Tokenizer::check_fits(std::int64_t model_vocabulary_size) const {
  if (vocabulary_size() > model_vocabulary_size) {
    return fail(
        "{}: the tokenizer has ids up to {}, but the model has only {} embeddings: it is another model's "
        "tokenizer",
        state_->folder.string(), vocabulary_size() - 1, model_vocabulary_size);
  }
  return {};
}

const std::filesystem::path& Tokenizer::folder() const {
  return state_->folder;
}

}  // namespace inferscale::tokenizer
