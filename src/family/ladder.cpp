#include "family/ladder.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/suggestion.hpp"
#include "family/families.hpp"

namespace inferscale::family {

using namespace model;

namespace {

/// The family of a shape's name, "gpt2" of "gpt2:layers=7,..": nothing where the name is no shape's.
const Family* family_of_shape(std::string_view name) {
  const auto colon = name.find(':');
  for (const Family* one : families()) {
    if (colon != std::string_view::npos && name.substr(0, colon) == one->name) {
      return one;
    }
  }
  return nullptr;
}

struct Key {
  std::string_view name;
  int DecoderSpec::* field;
  bool required;
};
constexpr std::array<Key, 8> kKeys{{{"layers", &DecoderSpec::layers, true},
                                    {"hidden", &DecoderSpec::hidden, true},
                                    {"heads", &DecoderSpec::heads, true},
                                    {"kv_heads", &DecoderSpec::kv_heads, false},
                                    {"head_size", &DecoderSpec::head_size, false},
                                    {"vocabulary", &DecoderSpec::vocabulary, false},
                                    {"positions", &DecoderSpec::positions, false},
                                    {"inner", &DecoderSpec::inner, false}}};

/// "layers, hidden, ..", for sentences.
std::string names_of_keys() {
  std::string names;
  for (const Key& key : kKeys) {
    names += (names.empty() ? "" : ", ") + std::string(key.name);
  }
  return names;
}

/// One shape has one spec: what follows from the rest is 0.
void leave_open_what_follows(DecoderSpec& config) {
  config.kv_heads = kv_heads(config) == config.heads ? 0 : config.kv_heads;
  config.head_size = head_size(config) * config.heads == config.hidden ? 0 : config.head_size;
}

/// "heads=2", and not "base=./runs/1", which is a model of its own.
bool is_part_of_shape(std::string_view piece) {
  const auto equals = piece.find('=');
  if (equals == std::string_view::npos || piece.find_first_of(":/") != std::string_view::npos) {
    return false;
  }
  const bool known = std::any_of(kKeys.begin(), kKeys.end(),
                                 [&](const Key& key) { return key.name == piece.substr(0, equals); });
  return known || piece.find_first_not_of("0123456789", equals + 1) == std::string_view::npos;
}

std::string canonical_name(const DecoderSpec& config) {
  DecoderSpec plain = config.family->plain();
  plain.inner = 4 * config.hidden;
  const std::string prefix = fmt::format("{}:", config.family->name);
  std::string name = prefix;
  for (const Key& key : kKeys) {
    if (key.required || config.*key.field != plain.*key.field) {
      name += fmt::format("{}{}={}", name.size() == prefix.size() ? "" : ",", key.name, config.*key.field);
    }
  }
  return name;
}

Result<void> read_key(std::string_view item, std::string_view whole, DecoderSpec& config, unsigned& seen) {
  const auto equals = item.find('=');
  const auto name = item.substr(0, equals);
  const auto* const key =
      std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& k) { return k.name == name; });
  if (key == kKeys.end()) {
    return fail_usage("model '{}': unknown key '{}'; the keys are {}", whole, name, names_of_keys());
  }
  const unsigned bit = 1U << static_cast<unsigned>(key - kKeys.begin());
  if ((seen & bit) != 0) {
    return fail_usage("model '{}': key '{}' appears twice", whole, name);
  }
  seen |= bit;
  const auto text = equals == std::string_view::npos ? std::string_view{} : item.substr(equals + 1);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1) {
    return fail_usage("model '{}': '{}' must be a whole number of at least 1, not '{}'", whole, name, text);
  }
  config.*key->field = value;
  return {};
}

Result<DecoderSpec> parse_shape(std::string_view whole, const Family& of) {
  DecoderSpec config = of.plain();
  unsigned seen = 0;
  std::string_view rest = whole.substr(of.name.size() + 1);
  while (true) {
    const auto comma = rest.find(',');
    TRY(read_key(rest.substr(0, comma), whole, config, seen));
    if (comma == std::string_view::npos) {
      break;
    }
    rest.remove_prefix(comma + 1);
  }
  for (const Key& key : kKeys) {
    if (key.required && config.*key.field == 0) {
      return fail_usage("model '{}': '{}' is missing; write {}:layers=7,hidden=640,heads=10", whole, key.name,
                        of.name);
    }
  }
  if (auto valid = validate(config); !valid) {
    return fail_usage("model '{}': {}", whole, valid.error().message);
  }
  config.inner = inner_size(config);
  leave_open_what_follows(config);
  config.name = canonical_name(config);
  return config;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  return begin == std::string_view::npos ? std::string_view()
                                         : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

}  // namespace

const std::vector<DecoderSpec>& ladder() {
  static const std::vector<DecoderSpec> rungs = [] {
    std::vector<DecoderSpec> all;
    for (const Family* one : families()) {
      all.insert(all.end(), one->ladder().begin(), one->ladder().end());
    }
    return all;
  }();
  return rungs;
}

bool is_shape_name(std::string_view name) {
  return family_of_shape(name) != nullptr;
}

std::string ladder_hint(std::string_view unknown) {
  std::vector<std::string> names;
  for (const DecoderSpec& config : ladder()) {
    names.push_back(config.name);
  }
  const bool is_path = unknown.find('/') != std::string_view::npos;
  const auto guess = is_path ? std::string() : did_you_mean(unknown, names);
  return fmt::format("{} The ladder has {}; a shape is gpt2:layers=7,hidden=640,heads=10",
                     guess.empty() ? "." : guess, fmt::join(names, ", "));
}

Result<DecoderSpec> parse_model_name(std::string_view given) {
  const std::string_view name = given == "tiny" ? "tiny-gpt2" : given;  // TR118's word
  for (const DecoderSpec& config : ladder()) {
    if (config.name == name) {
      return config;
    }
  }
  if (const Family* of = family_of_shape(name)) {
    return parse_shape(name, *of);
  }
  return fail_usage("unknown model '{}'{}", name, ladder_hint(name));
}

std::vector<std::string> split_model_names(std::string_view list) {
  std::vector<std::string> names;
  while (true) {
    const auto comma = list.find(',');
    const auto piece = trimmed(list.substr(0, comma));
    const bool continues = !names.empty() && is_shape_name(names.back()) && is_part_of_shape(piece);
    if (continues) {
      names.back() += fmt::format(",{}", piece);
    } else if (!piece.empty()) {
      names.emplace_back(piece);
    }
    if (comma == std::string_view::npos) {
      return names;
    }
    list.remove_prefix(comma + 1);
  }
}

}  // namespace inferscale::family
