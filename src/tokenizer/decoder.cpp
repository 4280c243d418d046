#include "tokenizer/decoder.hpp"

#include <algorithm>
#include <charconv>

#include "tokenizer/byte_alphabet.hpp"
#include "tokenizer/utf8.hpp"

namespace inferscale::tokenizer {
namespace {

using Tokens = std::vector<std::string>;

std::string joined(const Tokens& tokens) {
  std::string text;
  for (const std::string& token : tokens) {
    text += token;
  }
  return text;
}

/// Tokens "<0xE2>" in a row become their bytes, or U+FFFD each where those are not UTF-8.
Tokens join_byte_tokens(const Tokens& tokens) {
  Tokens decoded;
  std::string bytes;
  const auto flush = [&] {
    if (valid_utf8_prefix(bytes) == bytes.size()) {
      decoded.push_back(bytes);
    } else {
      decoded.insert(decoded.end(), bytes.size(), "\xEF\xBF\xBD");
    }
    bytes.clear();
  };
  for (const std::string& token : tokens) {
    unsigned value = 0;
    const bool shaped = token.size() == 6 && token.starts_with("<0x") && token.ends_with('>');
    const auto parsed =
        std::from_chars(token.data() + (shaped ? 3 : 0), token.data() + (shaped ? 5 : 0), value, 16);
    if (shaped && parsed.ec == std::errc{} && parsed.ptr == token.data() + 5) {
      bytes += static_cast<char>(value);
      continue;
    }
    if (!bytes.empty()) {
      flush();
    }
    decoded.push_back(token);
  }
  if (!bytes.empty()) {
    flush();
  }
  return decoded;
}

std::string stripped(std::string_view token, std::string_view content, std::size_t start, std::size_t stop) {
  for (; start > 0 && token.starts_with(content); --start) {
    token.remove_prefix(content.size());
  }
  for (; stop > 0 && token.ends_with(content); --stop) {
    token.remove_suffix(content.size());
  }
  return std::string(token);
}

Result<std::size_t> read_count(const SortedJson& json, const char* name, const std::string& place) {
  const SortedJson& count = member(json, name);
  if (!count.is_number_unsigned()) {
    return fail("{}: {} must be an integer, 0 or more", place, name);
  }
  return count.get<std::size_t>();
}

Result<std::string> read_character(const SortedJson& json, const char* name, const std::string& place) {
  TRY_ASSIGN(std::string text, read_text(json, name, place));
  if (text.empty() || utf8_step(text).length != text.size()) {
    return fail("{}: {} must be one character", place, name);
  }
  return text;
}

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

}  // namespace

Result<Decoder> Decoder::read(const SortedJson& json, const std::string& place) {
  TRY_ASSIGN(const auto parts, parts_of(json, "decoders", place));
  Decoder decoder;
  for (const SortedJson* part : parts) {
    TRY_ASSIGN(Step step, read_step(*part, type_of(*part), place));
    decoder.steps_.push_back(std::move(step));
  }
  return decoder;
}

Result<Decoder::Step> Decoder::read_step(const SortedJson& json, const std::string& type,
                                         const std::string& place) {
  const std::string here = place + ": " + type;
  if (type == "ByteLevel") {
    return ByteLevel{};
  }
  if (type == "ByteFallback") {
    return ByteFallback{};
  }
  if (type == "Fuse") {
    return Fuse{};
  }
  if (type == "Replace") {
    TRY_ASSIGN(TextPattern pattern, TextPattern::read(member(json, "pattern"), here));
    TRY_ASSIGN(std::string content, read_text(json, "content", here));
    return Replace{std::move(pattern), std::move(content)};
  }
  if (type == "Strip") {
    TRY_ASSIGN(std::string content, read_character(json, "content", here));
    TRY_ASSIGN(const std::size_t start, read_count(json, "start", here));
    TRY_ASSIGN(const std::size_t stop, read_count(json, "stop", here));
    return Strip{std::move(content), start, stop};
  }
  if (type == "Metaspace") {
    TRY_ASSIGN(std::string mark, read_character(json, "replacement", here));
    const SortedJson& scheme = member(json, "prepend_scheme");
    TRY_ASSIGN(const bool prepends, read_flag(json, "add_prefix_space", true, here));
    return Metaspace{std::move(mark), prepends && scheme != "never"};
  }
  return fail_unknown_part(place, type, "decoder",
                           "ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace and Sequence");
}

std::string Decoder::apply(Tokens tokens) const {
  PatternScratch scratch;
  for (const Step& step : steps_) {
    std::visit(Overloaded{[&](const ByteLevel&) {
                            for (std::string& token : tokens) {
                              token = bytes_of_symbols(token).value_or(token);
                            }
                            tokens = {joined(tokens)};
                          },
                          [&](const Replace& replace) {
                            for (std::string& token : tokens) {
                              token = replace.pattern.replace(token, replace.content, scratch);
                            }
                          },
                          [&](const ByteFallback&) { tokens = join_byte_tokens(tokens); },
                          [&](const Fuse&) { tokens = {joined(tokens)}; },
                          [&](const Strip& strip) {
                            for (std::string& token : tokens) {
                              token = stripped(token, strip.content, strip.start, strip.stop);
                            }
                          },
                          [&](const Metaspace& metaspace) {
                            const auto mark = TextPattern::literal(metaspace.mark);
                            for (std::size_t i = 0; i < tokens.size(); ++i) {
                              tokens[i] = mark.replace(tokens[i], i == 0 && metaspace.drops_first ? "" : " ",
                                                       scratch);
                            }
                          }},
               step);
  }
  if (!none()) {
    return joined(tokens);
  }
  std::string text;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    text += i == 0 ? "" : " ";
    text += tokens[i];
  }
  return text;
}

}  // namespace inferscale::tokenizer
