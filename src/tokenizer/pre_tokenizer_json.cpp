// The steps of a pre-tokenizer from tokenizer.json.
#include <algorithm>
#include <array>

#include "tokenizer/character_class.hpp"
#include "tokenizer/known_patterns.hpp"
#include "tokenizer/pre_tokenizer.hpp"
#include "tokenizer/show.hpp"
#include "tokenizer/utf8.hpp"

namespace inferscale::tokenizer {

Result<PreTokenizer> PreTokenizer::byte_level_alone() {
  PreTokenizer made;
  TRY(made.add_byte_level(false, true));
  return made;
}

Result<PreTokenizer> PreTokenizer::read(const SortedJson& json, const std::string& place) {
  TRY_ASSIGN(const auto parts, parts_of(json, "pretokenizers", place));
  PreTokenizer made;
  for (const SortedJson* part : parts) {
    if (made.byte_level_) {
      return fail("{}: {} stands behind ByteLevel, which inferscale has as the last step only", place,
                  show(type_of(*part)));
    }
    TRY(made.add_step(*part, place));
  }
  return made;
}

Result<void> PreTokenizer::add_step(const SortedJson& json, const std::string& place) {
  const std::string type = type_of(json);
  const std::string here = place + ": " + type;
  if (type == "Split") {
    return add_split(json, here);
  }
  if (type == "Digits") {
    return add_digits(json, here);
  }
  if (type == "Metaspace") {
    return add_metaspace(json, here);
  }
  if (type == "ByteLevel") {
    TRY_ASSIGN(const bool prepends_space, read_flag(json, "add_prefix_space", true, here));
    TRY_ASSIGN(const bool has_pattern, read_flag(json, "use_regex", true, here));
    return add_byte_level(prepends_space, has_pattern);
  }
  return fail_unknown_part(place, type, "pre-tokenizer", "Split, Digits, Metaspace, ByteLevel and Sequence");
}

Result<void> PreTokenizer::add_split(const SortedJson& json, const std::string& place) {
  constexpr std::array<std::pair<std::string_view, Behavior>, 5> kBehaviors{
      {{"Removed", Behavior::removed},
       {"Isolated", Behavior::isolated},
       {"MergedWithPrevious", Behavior::merged_with_previous},
       {"MergedWithNext", Behavior::merged_with_next},
       {"Contiguous", Behavior::contiguous}}};
  TRY_ASSIGN(TextPattern pattern, TextPattern::read(member(json, "pattern"), place));
  TRY_ASSIGN(const std::string name, read_text(json, "behavior", place));
  TRY_ASSIGN(const bool invert, read_flag(json, "invert", false, place));
  const auto* behavior =
      std::find_if(kBehaviors.begin(), kBehaviors.end(), [&](const auto& b) { return b.first == name; });
  if (behavior == kBehaviors.end()) {
    return fail_unknown_part(place, name, "behavior",
                             "Removed, Isolated, MergedWithPrevious, MergedWithNext and Contiguous");
  }
  steps_.emplace_back(Split{std::move(pattern), behavior->second, invert});
  return {};
}

Result<void> PreTokenizer::add_digits(const SortedJson& json, const std::string& place) {
  TRY_ASSIGN(const bool individual, read_flag(json, "individual_digits", false, place));
  TRY_ASSIGN(Pattern digit, Pattern::character_of(digit_members()));
  steps_.emplace_back(
      Split{TextPattern(std::move(digit)), individual ? Behavior::isolated : Behavior::contiguous, false});
  return {};
}

Result<void> PreTokenizer::add_metaspace(const SortedJson& json, const std::string& place) {
  constexpr std::array<std::pair<std::string_view, Metaspace::Scheme>, 3> kSchemes{
      {{"first", Metaspace::Scheme::first},
       {"never", Metaspace::Scheme::never},
       {"always", Metaspace::Scheme::always}}};
  TRY_ASSIGN(const std::string mark, read_text(json, "replacement", place));
  if (mark.empty() || utf8_step(mark).length != mark.size()) {
    return fail("{}: replacement must be one character, not {}", place, show(mark));
  }
  TRY_ASSIGN(const bool cuts, read_flag(json, "split", true, place));
  // Files before tokenizers 0.15 have add_prefix_space alone.
  TRY_ASSIGN(const bool prepends, read_flag(json, "add_prefix_space", true, place));
  const bool has_scheme = !member(json, "prepend_scheme").is_null();
  std::string name = prepends ? "always" : "never";
  if (has_scheme) {
    TRY_ASSIGN(name, read_text(json, "prepend_scheme", place));
  }
  const auto* scheme =
      std::find_if(kSchemes.begin(), kSchemes.end(), [&](const auto& s) { return s.first == name; });
  if (scheme == kSchemes.end()) {
    return fail_unknown_part(place, name, "prepend_scheme", "first, never and always");
  }
  if (!prepends && scheme->second != Metaspace::Scheme::never) {
    return fail("{}: add_prefix_space is false, but prepend_scheme is {}: remove one of the two", place,
                show(name));
  }
  steps_.emplace_back(Metaspace{mark, scheme->second, cuts});
  return {};
}

Result<void> PreTokenizer::add_byte_level(bool prepends_space, bool has_pattern) {
  byte_level_ = true;
  if (prepends_space) {
    steps_.emplace_back(PrependSpace{});
  }
  if (has_pattern) {
    TRY_ASSIGN(Pattern pattern, Pattern::compile(kGpt2Pattern));
    steps_.emplace_back(Split{TextPattern(std::move(pattern)), Behavior::isolated, false});
  }
  return {};
}

}  // namespace inferscale::tokenizer
