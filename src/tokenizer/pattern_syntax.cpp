#include "tokenizer/pattern_syntax.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "tokenizer/character_class.hpp"
#include "tokenizer/pattern_repeat.hpp"
#include "tokenizer/show.hpp"
#include "tokenizer/utf8.hpp"

namespace inferscale::tokenizer {
namespace {

constexpr std::size_t kMaxPattern = 1U << 16U;  // bytes
constexpr std::size_t kMaxOpenGroups = 100;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// What Oniguruma's (?i:..) also matches by one other character: the ligatures and the sharp s.
bool folds_to_one_character(std::string_view literals) {
  constexpr std::array<std::string_view, 5> kFolds{"ss", "st", "ff", "fi", "fl"};
  return std::any_of(kFolds.begin(), kFolds.end(),
                     [&](std::string_view fold) { return literals.find(fold) != std::string_view::npos; });
}

class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_(pattern) {}

  Result<std::string> translate() {
    if (pattern_.size() > kMaxPattern) {
      return refuse(fmt::format("more than {} bytes", kMaxPattern));
    }
    if (valid_utf8_prefix(pattern_) < pattern_.size()) {
      return refuse("bytes that are not UTF-8");
    }
    groups_.push_back({});
    while (at_ < pattern_.size()) {
      TRY(element());
    }
    if (groups_.size() != 1) {
      return refuse("a group that no ')' ends");
    }
    return std::move(out_);
  }

 private:
  struct Group {
    std::size_t begin = 0;  ///< in out_
    bool varies = false;    ///< it holds '|' or a repeat, so that it can match one text in two ways
    bool ignores_case = false;
    bool atomic = false;     ///< (?>..), which gives nothing back
    bool looks = false;      ///< (?=..) and the like, which take nothing
    std::string literals{};  ///< the last letters in a row
  };
  /// What a repeat behind it would repeat.
  struct Atom {
    bool there = false;
    std::size_t begin = 0;  ///< in out_
    bool varies = false;
  };

  [[nodiscard]] tl::unexpected<Error> refuse(std::string_view what) const {
    return fail("the pattern {} has {} (at byte {}), which is not read here", show(pattern_), what, at_);
  }

  [[nodiscard]] bool next_is(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }

  Result<void> element() {
    const char c = pattern_[at_];
    switch (c) {
      case '(':
        return open_group();
      case ')':
        return close_group();
      case '[':
        begin_atom();
        return character_class();
      case '|':
        groups_.back().varies = true;
        groups_.back().literals.clear();
        atom_.there = false;
        out_ += pattern_[at_++];
        return {};
      case '?':
      case '*':
      case '+':
      case '{':
        return repeat();
      case '\\':
        begin_atom();
        return escape(false);
      case '^':
      case '$':
        return refuse(fmt::format("'{}'", c));
      default:
        begin_atom();
        return character(c == '.');
    }
  }

  void begin_atom() { atom_ = {true, out_.size(), false}; }

  /// One character that stands for itself, or '.'.
  Result<void> character(bool any) {
    const std::size_t length = utf8_step(pattern_.substr(at_)).length;
    const std::string_view text = pattern_.substr(at_, length);
    Group& group = groups_.back();
    if (group.ignores_case && length > 1) {
      return refuse("a character that is not ASCII under (?i:..)");
    }
    group.literals += is_letter(text[0]) ? static_cast<char>(text[0] | 0x20) : '.';
    if (group.ignores_case && folds_to_one_character(group.literals)) {
      return refuse(fmt::format("{} under (?i:..), which one character can match", show(group.literals)));
    }
    at_ += length;
    if (any || length > 1 || is_letter(text[0]) || is_digit(text[0])) {
      out_ += text;
    } else {
      add_code_point(static_cast<unsigned char>(text[0]));
    }
    return {};
  }

  void add_code_point(std::uint32_t code_point) { out_ += fmt::format("\\x{{{:X}}}", code_point); }

  // --- escapes

  Result<void> escape(bool in_class) {
    if (at_ + 1 >= pattern_.size()) {
      return refuse("a '\\' at its end");
    }
    groups_.back().literals += '.';
    const char c = pattern_[at_ + 1];
    constexpr std::string_view kControls = "r\rn\nt\tf\fv\v";
    if (const std::size_t control = kControls.find(c); is_letter(c) && control != std::string_view::npos) {
      add_code_point(static_cast<unsigned char>(kControls[control + 1]));
      at_ += 2;
      return {};
    }
    if (c == 's' || c == 'S') {
      add_class(std::string(c == 's' ? white_space_members() : other_than_white_space_members()), false,
                in_class);
      at_ += 2;
      return {};
    }
    if (c == 'd' || (c == 'D' && !in_class)) {
      add_class(*property_members("Nd"), c == 'D', in_class);
      at_ += 2;
      return {};
    }
    if (c == 'p' || c == 'P') {
      return property(in_class);
    }
    if (c == 'x' || c == 'u') {
      return hexadecimal();
    }
    if (is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80 ||
        static_cast<unsigned char>(c) <= 0x20) {
      if (c != ' ') {
        return refuse(show(pattern_.substr(at_, 2)));
      }
    }
    add_code_point(static_cast<unsigned char>(c));
    at_ += 2;
    return {};
  }

  void add_class(const std::string& members, bool negated, bool in_class) {
    out_ += in_class ? members : fmt::format("[{}{}]", negated ? "^" : "", members);
  }

  Result<void> property(bool in_class) {
    const std::size_t end = pattern_.find('}', at_);
    if (end == std::string_view::npos || pattern_[at_ + 2] != '{') {
      return refuse("a property without {..}");
    }
    std::string_view name = pattern_.substr(at_ + 3, end - at_ - 3);
    const bool caret = name.starts_with('^');
    name.remove_prefix(caret ? 1 : 0);
    const bool negated = caret != (pattern_[at_ + 1] == 'P');
    const auto members = property_members(name);
    if (!members) {
      return refuse(fmt::format("the property {}", show(name)));
    }
    if (negated && in_class) {
      return refuse("a property that is negated within [..]");
    }
    if (groups_.back().ignores_case) {
      return refuse("a property under (?i:..)");
    }
    add_class(*members, negated, in_class);
    at_ = end + 1;
    return {};
  }

  Result<void> hexadecimal() {
    const bool braces = next_is("\\x{");
    const std::size_t begin = at_ + (braces ? 3 : 2);
    const std::size_t end = braces ? std::min(pattern_.find('}', at_), pattern_.size())
                                   : std::min(begin + (pattern_[at_ + 1] == 'u' ? 4 : 2), pattern_.size());
    std::uint32_t code_point = 0;
    const char* last = pattern_.data() + end;
    const auto [stopped, error] = std::from_chars(pattern_.data() + begin, last, code_point, 16);
    const bool surrogate = code_point >= 0xD800 && code_point < 0xE000;
    if (error != std::errc{} || stopped != last || code_point > 0x10FFFF || surrogate ||
        (!braces && code_point > 0x7F && pattern_[at_ + 1] == 'x')) {  // \xE9 is a byte to Oniguruma
      return refuse("a code point that is none");
    }
    if (groups_.back().ignores_case) {
      return refuse("a code point under (?i:..)");
    }
    add_code_point(code_point);
    at_ = end + (braces ? 1 : 0);
    return {};
  }

  // --- classes

  Result<void> character_class() {
    out_ += pattern_[at_++];
    if (next_is("^")) {
      out_ += pattern_[at_++];
    }
    if (next_is("]")) {
      return refuse("a ']' that stands first in a class and has no '\\' before it");
    }
    while (!next_is("]")) {
      if (at_ >= pattern_.size()) {
        return refuse("a class that no ']' ends");
      }
      TRY(member());
    }
    out_ += pattern_[at_++];
    groups_.back().literals += '.';
    return {};
  }

  Result<void> member() {
    if (next_is("[")) {
      return refuse("a '[' within a class and no '\\' before it");
    }
    if (next_is("&&")) {
      return refuse("'&&' within a class");
    }
    if (next_is("\\")) {
      return escape(true);
    }
    const std::size_t length = utf8_step(pattern_.substr(at_)).length;
    if (groups_.back().ignores_case && length > 1) {
      return refuse("a character that is not ASCII under (?i:..)");
    }
    const char c = pattern_[at_];
    if (c == '-') {
      TRY(check_range());
      const bool literal =
          out_.back() == '[' || out_.back() == '^' || pattern_.substr(at_ + 1).starts_with(']');
      literal ? add_code_point('-') : static_cast<void>(out_ += '-');
    } else if (length > 1 || is_letter(c) || is_digit(c)) {
      out_ += pattern_.substr(at_, length);
    } else {
      add_code_point(static_cast<unsigned char>(c));
    }
    at_ += length;
    return {};
  }

  /// Ends of a range must be characters: "\s-x" is read in three ways by three engines.
  [[nodiscard]] Result<void> check_range() const {
    static constexpr std::array<std::string_view, 6> kSets{"\\s", "\\S", "\\d", "\\D", "\\p", "\\P"};
    const auto is_set = [](std::string_view text) {
      return std::any_of(kSets.begin(), kSets.end(),
                         [&](std::string_view set) { return text.starts_with(set); });
    };
    const bool set_before = at_ >= 2 && is_set(pattern_.substr(at_ - 2)) && pattern_[at_ - 1] != '\\';
    const bool property_before = pattern_[at_ - 1] == '}';
    const bool last = pattern_.substr(at_ + 1).starts_with(']');
    if (!last && (set_before || property_before || is_set(pattern_.substr(at_ + 1)))) {
      return refuse("a range whose end is a set");
    }
    return {};
  }

  // --- groups

  Result<void> open_group() {
    constexpr std::array<std::string_view, 7> kKinds{"(?:", "(?i:", "(?>", "(?=", "(?!", "(?<=", "(?<!"};
    const auto* kind =
        std::find_if(kKinds.begin(), kKinds.end(), [&](std::string_view k) { return next_is(k); });
    if (kind == kKinds.end() && next_is("(?")) {
      return refuse(show(pattern_.substr(at_, 4)));
    }
    if (kind == kKinds.end() && next_is("(*")) {
      return refuse("'(*'");
    }
    if (groups_.size() > kMaxOpenGroups) {
      return refuse(fmt::format("more than {} groups in one another", kMaxOpenGroups));
    }
    const bool plain = kind == kKinds.end();
    const bool ignores_case = groups_.back().ignores_case || (!plain && *kind == "(?i:");
    const bool looks = !plain && kind->find_first_of("=!") != std::string_view::npos;
    groups_.back().literals += '.';
    groups_.push_back({out_.size(), false, ignores_case, !plain && *kind == "(?>", looks, {}});
    out_ += plain ? std::string_view("(?:") : *kind;
    at_ += plain ? 1 : kind->size();
    atom_.there = false;
    return {};
  }

  Result<void> close_group() {
    if (groups_.size() == 1) {
      return refuse("a ')' without '('");
    }
    Group closed = groups_.back();
    groups_.pop_back();
    closed.varies = closed.varies && !closed.atomic && !closed.looks;
    groups_.back().varies = groups_.back().varies || closed.varies;
    atom_ = {!closed.looks, closed.begin, closed.varies};
    out_ += pattern_[at_++];
    return {};
  }

  // --- repeats

  Result<void> repeat() {
    const auto read = read_repeat(pattern_.substr(at_));
    if (!read) {
      return refuse(
          fmt::format("{}, which is no repeat from 0 to {}", show(pattern_.substr(at_, 12)), kMaxRepeat));
    }
    const Repeat bounds = *read;
    if (!atom_.there) {
      return refuse("a repeat of nothing, or of a repeat");
    }
    if (atom_.varies && bounds.most > 1) {
      return refuse(
          "a repeat of a group that can match one text in several ways (its time can grow exponentially)");
    }
    const std::string_view text = pattern_.substr(at_, bounds.length);
    at_ += bounds.length;
    const bool possessive = next_is("+");
    const bool lazy = next_is("?");
    if (bounds.interval && possessive) {
      // Ruby has no possessive intervals: x{1,3}+ repeats x{1,3}.
      if (bounds.least > 1) {
        return refuse("'{n,m}+'");
      }
      out_ += bounds.least == 0 ? "*" : "+";
    } else if (bounds.interval && lazy && bounds.least == bounds.most) {
      return refuse("'{n}?'");
    } else {
      out_ += text;
      out_ += possessive ? "+" : lazy ? "?" : "";
    }
    at_ += possessive || lazy ? 1 : 0;
    groups_.back().varies = groups_.back().varies || bounds.least != bounds.most;
    groups_.back().literals += '.';
    atom_.there = false;
    return {};
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  std::string out_;
  std::vector<Group> groups_;
  Atom atom_;
};

}  // namespace

Result<std::string> translate_pattern(std::string_view pattern) {
  return Translator(pattern).translate();
}

}  // namespace inferscale::tokenizer
