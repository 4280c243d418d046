#include "tokenizer/unicode_normalization.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

#include "tokenizer/normalization_additions.hpp"
#include "tokenizer/utf8.hpp"

namespace inferscale::tokenizer {
namespace {

/// Characters below neither change nor join with what stands before them.
char32_t first_that_may_change(NormalizationForm form) {
  return form == NormalizationForm::nfc ? 0x300 : 0x80;
}

utf8proc_option_t options_of(NormalizationForm form) {
  int options = UTF8PROC_STABLE;
  const bool composed = form == NormalizationForm::nfc || form == NormalizationForm::nfkc;
  const bool compatible = form == NormalizationForm::nfkc || form == NormalizationForm::nfkd;
  options |= composed ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
  options |= compatible ? UTF8PROC_COMPAT : 0;
  return static_cast<utf8proc_option_t>(options);
}

bool is_unknown(char32_t code_point) {
  const auto* range =
      std::lower_bound(kAdditionsToNormalization.begin(), kAdditionsToNormalization.end(), code_point,
                       [](const CodePointRange& r, char32_t c) { return r.last < c; });
  return range != kAdditionsToNormalization.end() && range->first <= code_point;
}

void append_normalized(std::string_view text, NormalizationForm form, std::string& out) {
  if (text.empty()) {
    return;
  }
  utf8proc_uint8_t* made = nullptr;
  const utf8proc_ssize_t length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &made, options_of(form));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(made, std::free);
  if (length < 0) {
    throw std::bad_alloc();  // the text is UTF-8: memory is all that can go wrong
  }
  out.append(reinterpret_cast<const char*>(made), static_cast<std::size_t>(length));
}

}  // namespace

std::string normalize(std::string_view text, NormalizationForm form) {
  std::string out;
  out.reserve(text.size());
  const char32_t limit = first_that_may_change(form);
  // A stretch is normalised from the character before the first that may change, with which it may join, to
  // the next one that cannot.
  std::size_t copied = 0;
  std::size_t previous = 0;  // where the last character that cannot change began
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character here = utf8_character(text.substr(at));
    if (here.code_point < limit || is_unknown(here.code_point)) {
      previous = here.code_point < limit ? at : at + here.length;
      at += here.length;
      continue;
    }
    std::size_t end = at;
    while (end < text.size()) {
      const Utf8Character next = utf8_character(text.substr(end));
      if (next.code_point < limit || is_unknown(next.code_point)) {
        break;
      }
      end += next.length;
    }
    const std::size_t begin = std::max(previous, copied);
    out.append(text.substr(copied, begin - copied));
    append_normalized(text.substr(begin, end - begin), form, out);
    copied = previous = at = end;
  }
  out.append(text.substr(copied));
  return out;
}

}  // namespace inferscale::tokenizer
