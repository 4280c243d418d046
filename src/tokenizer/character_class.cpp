#include "tokenizer/character_class.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tokenizer/unicode_additions.hpp"

namespace inferscale::tokenizer {
namespace {

constexpr std::array<std::string_view, 31> kCategories{
    "L",  "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N",  "Nd", "Nl", "No", "P", "Pc",
    "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z",  "Zs", "Zl", "Zp"};

std::string range_of(std::uint32_t first, std::uint32_t last) {
  return first == last ? fmt::format("\\x{{{:X}}}", first)
                       : fmt::format("\\x{{{:X}}}-\\x{{{:X}}}", first, last);
}

}  // namespace

std::string_view white_space_members() {
  return R"(\x{9}-\x{D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000})";
}

std::string_view other_than_white_space_members() {
  return R"(\x{0}-\x{8}\x{E}-\x{1F}\x{21}-\x{84}\x{86}-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF})"
         R"(\x{200B}-\x{2027}\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{10FFFF})";
}

std::optional<std::string> property_members(std::string_view name) {
  if (std::find(kCategories.begin(), kCategories.end(), name) == kCategories.end()) {
    return std::nullopt;
  }
  std::string members = fmt::format("\\p{{{}}}", name);
  for (const CategoryRange& range : kAdditionsSinceUnicode14) {
    if (range.category.starts_with(name)) {
      members += range_of(range.first, range.last);
    }
  }
  return members;
}

bool is_white_space(char32_t c) {
  return (c >= 0x9 && c <= 0xD) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

std::string word_members() {
  return "\\p{Alphabetic}\\x{200C}\\x{200D}" + *property_members("L") + *property_members("M") +
         *property_members("Nd") + *property_members("Pc");
}

std::string digit_members() {
  std::string members = *property_members("N");
  for (const CodePointRange& range : kDigitsSinceUnicode16) {
    members += range_of(range.first, range.last);
  }
  return members;
}

}  // namespace inferscale::tokenizer
