#include "tokenizer/bpe_model.hpp"

#include <algorithm>
#include <iterator>

#include "tokenizer/utf8.hpp"

namespace inferscale::tokenizer {
namespace {

/// A pair of tokens as a key of WholeWords.
ShortWord pair_key(std::int32_t left, std::int32_t right) {
  ShortWord key;
  key.low = (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32U) |
            static_cast<std::uint32_t>(right);
  key.high = 1;
  return key;
}

}  // namespace

BpeModel::BpeModel(const Vocabulary& vocabulary, const TokenizerFiles& files)
    : vocabulary_(vocabulary),
      fuses_unknown_(files.fuses_unknown),
      ignore_merges_(files.ignore_merges),
      merger_(vocabulary.rules),
      whole_words_(vocabulary.texts.size()),
      bridges_(vocabulary.byte_level ? 0 : vocabulary.rules.size()) {
  if (!vocabulary_.byte_level) {
    find_characters();
    find_bridges();
  }
  find_whole_words();
}

void BpeModel::find_characters() {
  for (std::size_t id = 0; id < vocabulary_.texts.size(); ++id) {
    const auto& text = vocabulary_.texts[id];
    if (!text || text->empty() || utf8_step(*text).length != text->size() || !utf8_step(*text).valid) {
      continue;
    }
    const std::size_t code_point = utf8_character(*text).code_point;
    characters_.resize(std::max(characters_.size(), code_point + 1), -1);
    characters_[code_point] = static_cast<std::int32_t>(id);
  }
}

/// A merge joins the last character of its left token and the first of its right one.
void BpeModel::find_bridges() {
  const auto& byte_ids = vocabulary_.byte_ids;
  const auto is_no_character = [&](std::int32_t id) {
    return id == vocabulary_.unknown_id || std::find(byte_ids.begin(), byte_ids.end(), id) != byte_ids.end();
  };
  for (const MergeRule& rule : vocabulary_.rules) {
    const auto& left = vocabulary_.texts[static_cast<std::size_t>(rule.left)];
    const auto& right = vocabulary_.texts[static_cast<std::size_t>(rule.right)];
    if (left->empty() || right->empty() || is_no_character(rule.left) || is_no_character(rule.right) ||
        is_no_character(rule.result)) {
      return;  // the spelling of a token says nothing of its characters then
    }
    const std::int32_t last =
        character_id(utf8_character(left->substr(start_of_last_character(*left))).code_point);
    const std::int32_t first = character_id(utf8_character(*right).code_point);
    if (last >= 0 && first >= 0 && bridges_.find(pair_key(last, first)) < 0) {
      bridges_.insert(pair_key(last, first), 1);
    }
  }
  cuts_ = true;
}

void BpeModel::find_whole_words() {
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> units;
  const auto try_token = [&](std::int32_t id) {
    const auto& text = vocabulary_.texts[static_cast<std::size_t>(id)];
    if (!text || text->empty() || text->size() > ShortWord::kMaxBytes) {
      return;
    }
    ids.clear();
    merge(*text, units, ids);
    if (ids.size() == 1 && ids[0] == id && whole_words_.find(ShortWord::of(*text, text->size())) < 0) {
      whole_words_.insert(ShortWord::of(*text, text->size()), id);
    }
  };
  if (!ignore_merges_) {
    for (std::size_t id = 0; id < vocabulary_.texts.size(); ++id) {
      try_token(static_cast<std::int32_t>(id));
    }
    return;
  }
  for (std::size_t id = 0; id < vocabulary_.texts.size(); ++id) {
    const auto& text = vocabulary_.texts[id];
    if (!text || text->empty()) {
      continue;
    }
    if (text->size() > ShortWord::kMaxBytes) {
      long_words_.emplace(*text, static_cast<std::int32_t>(id));
    } else {
      whole_words_.insert(ShortWord::of(*text, text->size()), static_cast<std::int32_t>(id));
    }
  }
}

std::int32_t BpeModel::character_id(char32_t code_point) const {
  return code_point < characters_.size() ? characters_[code_point] : -1;
}

bool BpeModel::may_join(std::int32_t left, std::int32_t right) const {
  return bridges_.find(pair_key(left, right)) >= 0;
}

/// The token that is the whole piece, or -1. Only with ignore_merges.
std::int32_t BpeModel::whole_piece(const Piece& piece) const {
  if (piece.text.size() <= ShortWord::kMaxBytes) {
    return whole_words_.find(ShortWord::of(piece.text, piece.readable));
  }
  const auto found = long_words_.find(piece.text);
  return found == long_words_.end() ? -1 : found->second;
}

void BpeModel::encode(const Piece& piece, Workspace& workspace, std::vector<std::int32_t>& ids) const {
  if (ignore_merges_) {
    if (const std::int32_t id = whole_piece(piece); id >= 0) {
      ids.push_back(id);
      return;
    }
  }
  if (!cuts_) {
    encode_word(piece, workspace, ids);
    return;
  }
  std::size_t begin = 0;
  std::int32_t previous = -1;
  for (std::size_t at = 0; at < piece.text.size();) {
    const Utf8Character character = utf8_character(piece.text.substr(at));
    const std::int32_t id = character_id(character.code_point);
    if (previous >= 0 && id >= 0 && !may_join(previous, id)) {
      encode_word(piece.part(begin, at), workspace, ids);
      begin = at;
    }
    previous = id;
    at += character.length;
  }
  encode_word(piece.part(begin, piece.text.size()), workspace, ids);
}

void BpeModel::encode_word(const Piece& word, Workspace& workspace, std::vector<std::int32_t>& ids) const {
  if (word.text.size() > ShortWord::kMaxBytes) {
    merge(word.text, workspace.units, ids);
    return;
  }
  const ShortWord key = ShortWord::of(word.text, word.readable);
  // With ignore_merges only whole pieces are words: merging may give other ids for a part of one.
  if (const std::int32_t id = ignore_merges_ ? -1 : whole_words_.find(key); id >= 0) {
    ids.push_back(id);
    return;
  }
  if (workspace.words == nullptr) {
    merge(word.text, workspace.units, ids);
    return;
  }
  if (const RecentWords::Tokens* tokens = workspace.words->find(key)) {
    ids.insert(ids.end(), tokens->begin(), std::find(tokens->begin(), tokens->end(), -1));
    return;
  }
  const std::size_t before = ids.size();
  merge(word.text, workspace.units, ids);
  if (const std::size_t count = ids.size() - before; count > 0 && count <= RecentWords::kMaxTokens) {
    workspace.words->insert(key, ids.data() + before, count);
  }
}

void BpeModel::merge(std::string_view word, std::vector<std::int32_t>& units,
                     std::vector<std::int32_t>& ids) const {
  units.clear();
  append_units(word, units);
  merger_.merge(units, ids);
}

void BpeModel::append_units(std::string_view word, std::vector<std::int32_t>& units) const {
  const auto byte_id = [&](char byte) { return vocabulary_.byte_ids[static_cast<unsigned char>(byte)]; };
  // As in tokenizers, an unknown unit is held back until a known one comes: bytes of a character do not end
  // it.
  bool held = false;
  const auto flush = [&] {
    if (held) {
      units.push_back(vocabulary_.unknown_id);
    }
    held = false;
  };
  const auto hold_unknown = [&] {
    if (!fuses_unknown_) {
      flush();
    }
    held = vocabulary_.unknown_id >= 0;  // else it is left out
  };
  while (!word.empty()) {
    const Utf8Character character = vocabulary_.byte_level ? Utf8Character{} : utf8_character(word);
    const std::string_view bytes = word.substr(0, character.length);
    const std::int32_t id = vocabulary_.byte_level ? byte_id(word[0]) : character_id(character.code_point);
    word.remove_prefix(character.length);
    if (id >= 0) {
      flush();
      units.push_back(id);
    } else if (!vocabulary_.byte_level &&
               std::all_of(bytes.begin(), bytes.end(), [&](char byte) { return byte_id(byte) >= 0; })) {
      std::transform(bytes.begin(), bytes.end(), std::back_inserter(units), byte_id);
    } else {
      hold_unknown();
    }
  }
  flush();
}

}  // namespace inferscale::tokenizer
