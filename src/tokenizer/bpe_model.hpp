#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tokenizer/byte_pair_merger.hpp"
#include "tokenizer/piece.hpp"
#include "tokenizer/vocabulary.hpp"
#include "tokenizer/word_tables.hpp"

namespace inferscale::tokenizer {

/// Makes ids of pieces: of each unit (a byte, or a character) its token, and of adjacent tokens others, by
/// the merges. Safe to use from several threads, each with its own words and units.
class BpeModel {
 public:
  /// `vocabulary` must outlive the model.
  BpeModel(const Vocabulary& vocabulary, const TokenizerFiles& files);

  /// What one thread works with.
  struct Workspace {
    RecentWords* words = nullptr;  ///< may be none
    std::vector<std::int32_t> units;
  };

  /// Appends the ids of a piece, which is not empty and, unless units are bytes, is UTF-8.
  void encode(const Piece& piece, Workspace& workspace, std::vector<std::int32_t>& ids) const;

 private:
  void find_whole_words();
  void find_characters();
  void find_bridges();
  void encode_word(const Piece& word, Workspace& workspace, std::vector<std::int32_t>& ids) const;
  void merge(std::string_view word, std::vector<std::int32_t>& units, std::vector<std::int32_t>& ids) const;
  void append_units(std::string_view word, std::vector<std::int32_t>& units) const;
  [[nodiscard]] std::int32_t character_id(char32_t code_point) const;
  [[nodiscard]] bool may_join(std::int32_t left, std::int32_t right) const;
  [[nodiscard]] std::int32_t whole_piece(const Piece& piece) const;

  const Vocabulary& vocabulary_;
  bool fuses_unknown_;
  bool ignore_merges_;
  BytePairMerger merger_;
  std::vector<std::int32_t> characters_;  ///< by code point; -1 for none
  /// Tokens that need no merging: all of the model's with ignore_merges, else those that their own units
  /// merge to, as all of GPT-2's do.
  WholeWords whole_words_;
  std::unordered_map<std::string_view, std::int32_t>
      long_words_;  ///< too long for whole_words_; with ignore_merges
  /// Pairs of characters' tokens that some merge can join. Between any others a piece can be cut: most pieces
  /// of a model that has no pre-tokenizer are whole texts.
  WholeWords bridges_;
  bool cuts_ = false;
};

}  // namespace inferscale::tokenizer
