#include "tokenizer/text_pattern.hpp"

namespace inferscale::tokenizer {

Result<TextPattern> TextPattern::read(const SortedJson& json, const std::string& place) {
  if (const SortedJson& text = member(json, "String"); text.is_string()) {
    return literal(text.get<std::string>());
  }
  if (const SortedJson& regex = member(json, "Regex"); regex.is_string()) {
    auto pattern = Pattern::compile(regex.get_ref<const std::string&>());
    if (!pattern) {
      return fail("{}: {}", place, pattern.error().message);
    }
    return TextPattern(std::move(*pattern));
  }
  return fail("{}: pattern must be {{\"String\": ..}} or {{\"Regex\": ..}}", place);
}

std::string TextPattern::replace(std::string_view text, std::string_view content,
                                 PatternScratch& scratch) const {
  std::string replaced;
  replaced.reserve(text.size());
  for_each_part(text, scratch, [&](std::size_t begin, std::size_t end, bool is_match) {
    replaced += is_match ? content : text.substr(begin, end - begin);
  });
  return replaced;
}

}  // namespace inferscale::tokenizer
