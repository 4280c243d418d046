#pragma once

#include <string>
#include <variant>
#include <vector>

#include "tokenizer/piece.hpp"
#include "tokenizer/text_pattern.hpp"

namespace inferscale::tokenizer {

/// Cuts a text into the pieces that byte pairs are merged within, in steps, each of which sees the pieces of
/// the one before as texts of their own. Source: the component `pre_tokenizer` of Hugging Face's
/// tokenizer.json: Split, Digits, Metaspace, ByteLevel.
class PreTokenizer {
 public:
  /// The error names a step that is not known, or one that stands where it cannot.
  static Result<PreTokenizer> read(const SortedJson& json, const std::string& place);
  /// ByteLevel alone, as GPT-2 has it.
  static Result<PreTokenizer> byte_level_alone();

  /// Are the model's units bytes (ByteLevel, which is the last step then)? Else they are characters.
  [[nodiscard]] bool byte_level() const { return byte_level_; }

  /// Gives the pieces to the sink. They lie in the text, or live until the sink returns.
  void cut(const Piece& text, PatternScratch& scratch, PieceSink& sink) const;

 private:
  /// What becomes of matches, and of the text between them.
  enum class Behavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };
  struct Split {
    TextPattern pattern;
    Behavior behavior = Behavior::isolated;
    bool invert = false;  ///< matches are what the pattern does not match
  };
  /// Every ' ' becomes the mark, one is put before the text, and the text is cut before each.
  struct Metaspace {
    enum class Scheme { first, never, always };
    std::string mark;
    Scheme scheme = Scheme::always;
    bool cuts = true;
  };
  /// A space before a piece that does not begin with one.
  struct PrependSpace {};
  using Step = std::variant<Split, Metaspace, PrependSpace>;

  class Run;
  struct Part;
  static std::vector<Part> merge_with_previous(const std::vector<Part>& parts);
  static std::vector<Part> merge_with_next(const std::vector<Part>& parts);
  static std::vector<Part> merge_alike(const std::vector<Part>& parts);
  Result<void> add_step(const SortedJson& json, const std::string& place);
  Result<void> add_split(const SortedJson& json, const std::string& place);
  Result<void> add_digits(const SortedJson& json, const std::string& place);
  Result<void> add_metaspace(const SortedJson& json, const std::string& place);
  Result<void> add_byte_level(bool prepends_space, bool has_pattern);

  std::vector<Step> steps_;
  bool byte_level_ = false;
};

}  // namespace inferscale::tokenizer
