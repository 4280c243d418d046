#include "tokenizer/pattern.hpp"

#include <pcre2.h>

#include <cstdint>
#include <limits>
#include <new>
#include <string>

#include "tokenizer/known_patterns.hpp"
#include "tokenizer/pattern_syntax.hpp"
#include "tokenizer/show.hpp"

namespace inferscale::tokenizer {

struct PatternScratch::Parts {
  pcre2_match_data* match = pcre2_match_data_create(1, nullptr);
  pcre2_match_context* context = pcre2_match_context_create(nullptr);

  Parts() {
    if (match == nullptr || context == nullptr) {
      pcre2_match_data_free(match);
      pcre2_match_context_free(context);
      throw std::bad_alloc();
    }
    // The limits guard against exponential patterns, which translate_pattern refuses. A long run must not hit
    // them.
    constexpr auto kNoLimit = std::numeric_limits<std::uint32_t>::max();
    pcre2_set_match_limit(context, kNoLimit);
    pcre2_set_depth_limit(context, kNoLimit);
    pcre2_set_heap_limit(context, kNoLimit);
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() {
    pcre2_match_data_free(match);
    pcre2_match_context_free(context);
  }
};

PatternScratch::PatternScratch() : parts_(std::make_unique<Parts>()) {}
PatternScratch::~PatternScratch() = default;

struct Pattern::Code {
  pcre2_code* code = nullptr;
  bool compiled = false;

  Code() = default;
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;
  ~Code() { pcre2_code_free(code); }
};

Pattern::Pattern(std::unique_ptr<Code> code) : code_(std::move(code)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::compile(std::string_view pattern, Engine preferred) {
  if (const auto tuned = hand_tuned_pattern(pattern)) {
    return make(*tuned, pattern, preferred, true);
  }
  TRY_ASSIGN(const std::string translated, translate_pattern(pattern));
  return make(translated, pattern, preferred, false);
}

Result<Pattern> Pattern::character_of(std::string_view members) {
  return make(fmt::format("[{}]", members), members, Engine::compiled, false);
}

Result<Pattern> Pattern::make(const std::string& pcre2_text, std::string_view shown, Engine preferred,
                              bool anchored) {
  auto pattern = std::make_unique<Code>();
  int error = 0;
  PCRE2_SIZE place = 0;
  const std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)> context(
      pcre2_compile_context_create(nullptr), pcre2_compile_context_free);
  if (context == nullptr) {
    throw std::bad_alloc();
  }
  pcre2_set_newline(context.get(),
                    PCRE2_NEWLINE_LF);  // what '.' does not match, whatever this build's default
  pattern->code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pcre2_text.data()), pcre2_text.size(),
                    PCRE2_UTF | PCRE2_UCP | (anchored ? PCRE2_ANCHORED : 0U), &error, &place, context.get());
  if (pattern->code == nullptr) {
    std::string reason(256, '\0');
    const int length =
        pcre2_get_error_message(error, reinterpret_cast<PCRE2_UCHAR*>(reason.data()), reason.size());
    reason.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
    return fail("PCRE2 refuses the pattern {} ({}; it must be 10.40 or later, with Unicode)", show(shown),
                reason);
  }
  // Fails where memory may not be both written and executed (hardened kernels): the interpreter serves then.
  pattern->compiled =
      preferred == Engine::compiled && pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE) == 0;
  return Pattern(std::move(pattern));
}

bool Pattern::find(std::string_view text, std::size_t from, PatternScratch& scratch, Match& match) const {
  const PatternScratch::Parts& s = *scratch.parts_;
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  int groups = PCRE2_ERROR_JIT_STACKLIMIT;
  if (code_->compiled) {
    // pcre2_match without its checks of arguments and UTF-8.
    groups = pcre2_jit_match(code_->code, subject, text.size(), from, 0, s.match, s.context);
  }
  if (groups == PCRE2_ERROR_JIT_STACKLIMIT) {
    // The interpreter takes what it needs from the heap.
    groups = pcre2_match(code_->code, subject, text.size(), from, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, s.match,
                         s.context);
  }
  if (groups == PCRE2_ERROR_NOMATCH) {
    return false;
  }
  if (groups < 0) {
    throw std::bad_alloc();  // there are no limits but memory
  }
  const PCRE2_SIZE* place = pcre2_get_ovector_pointer(s.match);
  match = {place[0], place[1]};
  return true;
}

}  // namespace inferscale::tokenizer
