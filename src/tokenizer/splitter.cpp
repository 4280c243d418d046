#include "tokenizer/splitter.hpp"

#include <pcre2.h>

#include <cstdint>
#include <limits>
#include <new>
#include <string>

#include "tokenizer/unicode_additions.hpp"

namespace inferscale::tokenizer {
namespace {

/// PCRE2's own \s counts U+180E, which has not been white space since Unicode 6.3: the property White_Space,
/// spelled out, is what the other implementations match.
constexpr std::string_view kWhiteSpace =
    R"(\x{9}-\x{D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";

template <std::size_t count>
std::string class_of(std::string_view property, const std::array<CodePointRange, count>& additions) {
  std::string members{property};
  for (const auto& [first, last] : additions) {
    members += fmt::format("\\x{{{:X}}}-\\x{{{:X}}}", first, last);
  }
  return members;
}

std::string pattern_text() {
  const std::string letters = class_of("\\p{L}", kLettersSinceUnicode14);
  const std::string numbers = class_of("\\p{N}", kNumbersSinceUnicode14);
  // PCRE2 tests a class of ASCII alone faster than one with properties, so letters begin with A to Z.
  return fmt::format(
      "'(?:[sdmt]|ll|ve|re)"
      "| ?(?:[A-Za-z]++[{letters}]*+|[{letters}]++)"
      "| ?[{numbers}]++"
      "| ?[^{space}{letters}{numbers}]++"
      "|[{space}]+(?![^{space}])"
      "|[{space}]++",
      fmt::arg("letters", letters), fmt::arg("numbers", numbers), fmt::arg("space", kWhiteSpace));
}

}  // namespace

struct Splitter::Pattern {
  pcre2_code* code = nullptr;
  bool compiled = false;

  Pattern() = default;
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern() { pcre2_code_free(code); }
};

Splitter::Splitter(std::unique_ptr<Pattern> pattern) : pattern_(std::move(pattern)) {}
Splitter::Splitter(Splitter&&) noexcept = default;
Splitter& Splitter::operator=(Splitter&&) noexcept = default;
Splitter::~Splitter() = default;

Result<Splitter> Splitter::make(Engine preferred) {
  auto pattern = std::make_unique<Pattern>();
  const std::string text = pattern_text();
  int error = 0;
  PCRE2_SIZE place = 0;
  pattern->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                                PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED, &error, &place, nullptr);
  if (pattern->code == nullptr) {
    return fail(
        "this build's PCRE2 refuses the tokenizer's pattern (error {} at {}): it needs PCRE2 10.40 or later "
        "with Unicode",
        error, place);
  }
  // Fails where memory may not be both written and executed (hardened kernels): the interpreter serves then.
  pattern->compiled =
      preferred == Engine::compiled && pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE) == 0;
  return Splitter(std::move(pattern));
}

struct Splitter::Matcher::Scratch {
  const Pattern* pattern = nullptr;
  pcre2_match_data* match = nullptr;
  pcre2_match_context* context = nullptr;
  const PCRE2_SIZE* ends = nullptr;

  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    pcre2_match_data_free(match);
    pcre2_match_context_free(context);
  }
};

Splitter::Matcher::Matcher(const Splitter& splitter) : scratch_(std::make_unique<Scratch>()) {
  scratch_->pattern = splitter.pattern_.get();
  scratch_->match = pcre2_match_data_create(1, nullptr);
  scratch_->context = pcre2_match_context_create(nullptr);
  if (scratch_->match == nullptr || scratch_->context == nullptr) {
    throw std::bad_alloc();
  }
  scratch_->ends = pcre2_get_ovector_pointer(scratch_->match);
  // The limits guard against exponential patterns. This one is linear, and a long run must not hit them.
  constexpr auto kNoLimit = std::numeric_limits<std::uint32_t>::max();
  pcre2_set_match_limit(scratch_->context, kNoLimit);
  pcre2_set_depth_limit(scratch_->context, kNoLimit);
  pcre2_set_heap_limit(scratch_->context, kNoLimit);
}

Splitter::Matcher::~Matcher() = default;

std::size_t Splitter::Matcher::end_of_piece(std::string_view text, std::size_t begin) const {
  const Scratch& s = *scratch_;
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  // pcre2_jit_match is pcre2_match without its checks of arguments and UTF-8.
  const int groups =
      s.pattern->compiled
          ? pcre2_jit_match(s.pattern->code, subject, text.size(), begin, 0, s.match, s.context)
          : pcre2_match(s.pattern->code, subject, text.size(), begin, PCRE2_NO_UTF_CHECK, s.match, s.context);
  if (groups < 0) {
    throw std::bad_alloc();  // every character matches some alternative, and there are no limits but memory
  }
  return s.ends[1];
}

}  // namespace inferscale::tokenizer
