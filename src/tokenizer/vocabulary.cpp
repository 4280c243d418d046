#include "tokenizer/vocabulary.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "tokenizer/byte_alphabet.hpp"
#include "tokenizer/show.hpp"
#include "tokenizer/token_id.hpp"

namespace inferscale::tokenizer {
namespace {

constexpr std::string_view kEndOfText = "<|endoftext|>";

/// What a token that GPT-2's vocabulary cannot have gives away, to end a sentence with.
std::string_view family_hint(std::string_view symbols) {
  if (symbols.find("\xE2\x96\x81") != std::string_view::npos) {
    return ": its '\xE2\x96\x81' is SentencePiece's mark for a space, and inferscale reads such a vocabulary "
           "from "
           "tokenizer.json only";
  }
  if (symbols.starts_with("##")) {
    return ": its '##' is WordPiece's mark inside a word, and inferscale reads only BPE";
  }
  if (symbols.ends_with("</w>")) {
    return ": its '</w>' ends words in CLIP's BPE, which inferscale does not read";
  }
  return "";
}

/// One step a function, in order; each relies on what the ones before it found to be well.
class Builder {
 public:
  Builder(const TokenizerFiles& files, bool byte_level) : files_(files) {
    vocabulary_.byte_level = byte_level;
  }

  Result<Vocabulary> build() {
    TRY(place_tokens());
    TRY(place_added_tokens());
    TRY(spell_tokens());
    TRY(vocabulary_.byte_level ? find_bytes() : find_fallbacks());
    TRY(make_rules());
    if (files_.two_files) {
      TRY(check_every_token_is_made());
    }
    return std::move(vocabulary_);
  }

 private:
  /// Token by id and id by token.
  Result<void> place_tokens() {
    std::int32_t largest = 0;
    for (const auto& token : files_.tokens) {
      largest = std::max(largest, token.id);
    }
    symbols_.resize(static_cast<std::size_t>(largest) + 1);
    ids_.reserve(files_.tokens.size());
    for (const auto& token : files_.tokens) {
      std::optional<std::string_view>& place = symbols_[index(token.id)];
      if (place) {
        return fail("{}: {} and {} have the same id, {}", files_.vocabulary_place, show(*place),
                    show(token.symbols), token.id);
      }
      place = token.symbols;
      ids_.emplace(token.symbols, token.id);
    }
    return {};
  }

  Result<void> place_added_tokens() {
    for (const AddedToken& token : files_.added) {
      TRY(add(token));
    }
    // Folders with nothing but vocab.json and merges.txt do not say it: this one is special in GPT-2.
    if (const auto found = ids_.find(kEndOfText); files_.two_files && found != ids_.end()) {
      TRY(add({std::string(kEndOfText), found->second, true}));
    }
    for (const AddedToken& token : vocabulary_.added) {
      vocabulary_.end_of_text = token.content == kEndOfText ? token.id : vocabulary_.end_of_text;
    }
    return {};
  }

  Result<void> add(const AddedToken& token) {
    const auto same = added_contents_.find(token.content);
    const auto in_vocabulary = ids_.find(token.content);
    const std::int32_t other_id = same != added_contents_.end() ? same->second
                                  : in_vocabulary != ids_.end() ? in_vocabulary->second
                                                                : token.id;
    if (other_id != token.id) {
      return fail("{}: the added token {} has id {} here and {} in another place", files_.vocabulary_place,
                  show(token.content), other_id, token.id);
    }
    if (same != added_contents_.end()) {
      return {};
    }
    if (index(token.id) >= symbols_.size()) {
      symbols_.resize(index(token.id) + 1);
    }
    std::optional<std::string_view>& place = symbols_[index(token.id)];
    if (place && *place != token.content) {
      return fail("{}: id {} is {} here, but the added token {} claims it", files_.vocabulary_place, token.id,
                  show(*place), show(token.content));
    }
    if (!place && !added_ids_.insert(token.id).second) {
      return fail("{}: two added tokens have the same id, {}", files_.vocabulary_place, token.id);
    }
    added_ids_.insert(token.id);
    added_contents_.emplace(token.content, token.id);
    vocabulary_.added.push_back(token);
    return {};
  }

  Result<void> spell_tokens() {
    vocabulary_.symbols.resize(symbols_.size());
    vocabulary_.texts.resize(symbols_.size());
    for (std::size_t id = 0; id < symbols_.size(); ++id) {
      if (!symbols_[id]) {
        continue;
      }
      vocabulary_.symbols[id] = std::string(*symbols_[id]);
      if (added_ids_.contains(static_cast<std::int32_t>(id)) && vocabulary_.byte_level) {
        continue;
      }
      auto& text = vocabulary_.texts[id];
      text = vocabulary_.byte_level ? bytes_of_symbols(*symbols_[id]) : vocabulary_.symbols[id];
      if (files_.two_files && (!text || text->empty())) {
        return fail("{}: {} (id {}) is not a token of a byte-level vocabulary{}", files_.vocabulary_place,
                    show(*symbols_[id]), id, family_hint(*symbols_[id]));
      }
    }
    for (const AddedToken& token : vocabulary_.added) {
      vocabulary_.symbols[index(token.id)] = token.content;
    }
    return {};
  }

  Result<void> find_bytes() {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const auto found = ids_.find(byte_symbols()[byte]);
      if (found == ids_.end() && files_.two_files) {
        return fail("{}: no token for byte 0x{:02X} ({}), as GPT-2's vocabulary has", files_.vocabulary_place,
                    byte, show(byte_symbols()[byte]));
      }
      vocabulary_.byte_ids[byte] = found == ids_.end() ? -1 : found->second;  // SmolLM2 has no 0x04
    }
    return find_unknown();
  }

  /// What a character that is no token becomes.
  Result<void> find_fallbacks() {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const auto found = ids_.find(fmt::format("<0x{:02X}>", byte));
      vocabulary_.byte_ids[byte] = files_.byte_fallback && found != ids_.end() ? found->second : -1;
    }
    return find_unknown();
  }

  Result<void> find_unknown() {
    if (files_.unknown_token) {
      const auto found = ids_.find(*files_.unknown_token);
      if (found == ids_.end()) {
        return fail("{}: unk_token is {}, which is not in it", files_.vocabulary_place,
                    show(*files_.unknown_token));
      }
      vocabulary_.unknown_id = found->second;
    }
    return {};
  }

  Result<void> make_rules() {
    if (files_.merges.size() > kMaxVocabulary) {
      return fail("{}: more than {} merges", files_.merges_place, kMaxVocabulary);
    }
    std::unordered_map<std::uint64_t, std::size_t> ranks;
    ranks.reserve(files_.merges.size());
    vocabulary_.rules.reserve(files_.merges.size());
    std::string joined;
    for (std::size_t rank = 0; rank < files_.merges.size(); ++rank) {
      const auto& [left, right] = files_.merges[rank];
      joined.assign(left).append(right);
      for (const std::string_view token :
           {std::string_view(left), std::string_view(right), std::string_view(joined)}) {
        if (!ids_.contains(token)) {
          return fail("{}: {} is not in {}{}: the two do not belong together", files_.place_of_merge(rank),
                      show(token), files_.vocabulary_place, family_hint(token));
        }
      }
      const MergeRule rule{ids_.at(left), ids_.at(right), ids_.at(joined)};
      const std::uint64_t pair = (std::uint64_t{index(rule.left)} << 32U) | index(rule.right);
      if (const auto [before, inserted] = ranks.emplace(pair, rank); !inserted) {
        return fail("{}: repeats the merge {}", files_.place_of_merge(rank),
                    before->second + files_.first_merge);
      }
      vocabulary_.rules.push_back(rule);
    }
    return {};
  }

  [[nodiscard]] Result<void> check_every_token_is_made() const {
    std::vector<bool> made(symbols_.size(), false);
    for (const std::int32_t id : vocabulary_.byte_ids) {
      made[index(id)] = true;
    }
    for (const MergeRule& rule : vocabulary_.rules) {
      made[index(rule.result)] = true;
    }
    for (std::size_t id = 0; id < symbols_.size(); ++id) {
      if (symbols_[id] && !made[id] && !added_ids_.contains(static_cast<std::int32_t>(id))) {
        return fail(
            "{}: no merge makes {} (id {}), and it is no added token{}: the merges are cut short or another "
            "model's",
            files_.vocabulary_place, show(*symbols_[id]), id, family_hint(*symbols_[id]));
      }
    }
    return {};
  }

  static std::size_t index(std::int32_t id) { return static_cast<std::size_t>(id); }

  const TokenizerFiles& files_;
  Vocabulary vocabulary_;
  std::vector<std::optional<std::string_view>> symbols_;  ///< by id, as the file spells them
  std::unordered_map<std::string_view, std::int32_t> ids_;
  std::unordered_set<std::int32_t> added_ids_;
  std::unordered_map<std::string, std::int32_t> added_contents_;
};

}  // namespace

Result<Vocabulary> Vocabulary::build(const TokenizerFiles& files, bool byte_level) {
  return Builder(files, byte_level).build();
}

}  // namespace inferscale::tokenizer
