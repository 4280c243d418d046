#include "model/ladder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <utility>

namespace inferscale::model {
namespace {

constexpr std::string_view kShapePrefix = "gpt2:";

ModelConfig rung(const char* name, int layers, int hidden, int heads) {
  ModelConfig config;
  config.name = name;
  config.layers = layers;
  config.hidden = hidden;
  config.heads = heads;
  config.inner = 4 * hidden;
  return config;
}

/// Levenshtein's distance, for "did you mean".
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

struct Key {
  std::string_view name;
  int ModelConfig::* field;
  bool required;
};
constexpr std::array<Key, 6> kKeys{{{"layers", &ModelConfig::layers, true},
                                    {"hidden", &ModelConfig::hidden, true},
                                    {"heads", &ModelConfig::heads, true},
                                    {"vocabulary", &ModelConfig::vocabulary, false},
                                    {"positions", &ModelConfig::positions, false},
                                    {"inner", &ModelConfig::inner, false}}};

std::string canonical_name(const ModelConfig& config) {
  const ModelConfig plain = rung("", config.layers, config.hidden, config.heads);
  std::string name(kShapePrefix);
  for (const Key& key : kKeys) {
    if (key.required || config.*key.field != plain.*key.field) {
      name +=
          fmt::format("{}{}={}", name.size() == kShapePrefix.size() ? "" : ",", key.name, config.*key.field);
    }
  }
  return name;
}

Result<void> read_key(std::string_view item, std::string_view whole, ModelConfig& config, unsigned& seen) {
  const auto equals = item.find('=');
  const auto name = item.substr(0, equals);
  const auto* const key =
      std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& k) { return k.name == name; });
  if (key == kKeys.end()) {
    return fail_usage(
        "model '{}': unknown key '{}'; the keys are layers, hidden, heads, vocabulary, positions and "
        "inner",
        whole, name);
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

Result<ModelConfig> parse_shape(std::string_view whole) {
  ModelConfig config;
  unsigned seen = 0;
  std::string_view rest = whole.substr(kShapePrefix.size());
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
      return fail_usage("model '{}': '{}' is missing; write gpt2:layers=7,hidden=640,heads=10", whole,
                        key.name);
    }
  }
  if (auto valid = validate(config); !valid) {
    return fail_usage("model '{}': {}", whole, valid.error().message);
  }
  config.inner = inner_size(config);
  config.name = canonical_name(config);
  return config;
}

}  // namespace

const std::vector<ModelConfig>& ladder() {
  static const std::vector<ModelConfig> rungs{
      rung("tiny-gpt2", 2, 2, 2),   rung("gpt2-5m", 1, 96, 3),     rung("gpt2-1m", 3, 192, 3),
      rung("gpt2-25m", 3, 384, 6),  rung("gpt2-45m", 6, 512, 8),   rung("gpt2-50m", 8, 512, 8),
      rung("gpt2-75m", 5, 768, 12), rung("gpt2-100m", 8, 768, 12), rung("gpt2", 12, 768, 12)};
  return rungs;
}

std::string ladder_hint(std::string_view unknown) {
  std::string names;
  std::string_view nearest;
  std::size_t best = 4;  // farther than this is no typing error
  for (const ModelConfig& config : ladder()) {
    names += (names.empty() ? "" : ", ") + config.name;
    const std::size_t distance = unknown.size() < 64 ? edit_distance(unknown, config.name) : best;
    if (distance < best) {
      best = distance;
      nearest = config.name;
    }
  }
  const auto guess = nearest.empty() ? std::string() : fmt::format("; did you mean '{}'?", nearest);
  return fmt::format("{} The ladder has {}; a shape is gpt2:layers=7,hidden=640,heads=10",
                     guess.empty() ? "." : guess, names);
}

Result<ModelConfig> parse_model_name(std::string_view name) {
  for (const ModelConfig& config : ladder()) {
    if (config.name == name) {
      return config;
    }
  }
  if (name.substr(0, kShapePrefix.size()) == kShapePrefix) {
    return parse_shape(name);
  }
  return fail_usage("unknown model '{}'{}", name, ladder_hint(name));
}

std::vector<std::string> split_model_names(std::string_view list) {
  std::vector<std::string> names;
  while (true) {
    const auto comma = list.find(',');
    const auto piece = list.substr(0, comma);
    const bool continues = !names.empty() && names.back().substr(0, kShapePrefix.size()) == kShapePrefix &&
                           piece.find('=') != std::string_view::npos &&
                           piece.find(':') == std::string_view::npos;
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

}  // namespace inferscale::model
