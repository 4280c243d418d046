#include "record/variant.hpp"

#include <algorithm>
#include <set>

#include "core/plain_text.hpp"

namespace inferscale::record {
namespace {

constexpr char kMark = '@';

/// At commas that stand in no bracket.
std::vector<std::string> split_outside_brackets(std::string_view text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : text) {
    depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    if (c == ',' && depth == 0) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

bool is_plain(const std::string& name) {
  return !name.empty() && name.size() <= 100 && std::all_of(name.begin(), name.end(), is_name_character);
}

Json value_of(const std::string& text) {
  auto json = parse_json(text, "value");
  return json ? std::move(*json) : Json(text);
}

}  // namespace

std::string name_in_plan(std::string_view backend, std::string_view variant) {
  return variant.empty() ? std::string(backend) : fmt::format("{}{}{}", backend, kMark, variant);
}

Result<Variant> parse_variant(std::string_view text, std::string_view place) {
  const auto parts = split_outside_brackets(text);
  const auto equals = parts.front().find('=');
  if (equals == std::string::npos) {
    return fail_usage("{}: '{}' is not NAME=BACKEND[,KEY=VALUE...]", place, text);
  }
  Variant variant;
  variant.name = parts.front().substr(0, equals);
  variant.backend = parts.front().substr(equals + 1);
  std::set<std::string> keys;
  for (auto part = parts.begin() + 1; part != parts.end(); ++part) {
    const auto at = part->find('=');
    if (at == std::string::npos || at == 0) {
      return fail_usage("{}: '{}' in '{}' is not KEY=VALUE", place, *part, text);
    }
    const std::string key = part->substr(0, at);
    const std::string value = part->substr(at + 1);
    if (!keys.insert(key).second) {
      return fail_usage("{}: {} is given twice in '{}': give it once", place, key, text);
    }
    if (key == "library") {
      variant.library = value;
    } else if (key == "worker") {
      variant.worker = value;
    } else {
      variant.options[key] = value_of(value);
    }
  }
  return variant;
}

std::string describe(const Variant& variant) {
  std::string text = variant.backend;
  for (const auto& [key, value] : variant.options.items()) {
    text += fmt::format(", {}={}", key, value.is_string() ? value.get<std::string>() : to_line(value));
  }
  text += variant.library.empty() ? "" : ", library " + variant.library;
  return text + (variant.worker.empty() ? "" : ", worker " + variant.worker);
}

const Variant* find_variant(const std::vector<Variant>& variants, std::string_view in_plan) {
  const auto found = std::find_if(variants.begin(), variants.end(),
                                  [&](const Variant& one) { return name_in_plan(one) == in_plan; });
  return found == variants.end() ? nullptr : &*found;
}

Result<void> check_variants(const std::vector<Variant>& variants, const std::vector<std::string>& backends,
                            const std::string& place) {
  for (const Variant& one : variants) {
    const std::string name = name_in_plan(one);
    if (!is_plain(one.name) || one.backend.empty() || one.backend.find(kMark) != std::string::npos) {
      return fail(
          "{}: variant '{}': a name is letters, digits, '-', '_' or '.', and a backend's name follows", place,
          name);
    }
    if (!one.options.is_object()) {
      return fail("{}: variant '{}': options must be an object", place, name);
    }
    if (find_variant(variants, name) != &one) {
      return fail("{}: there are two variants '{}'", place, name);
    }
    if (std::find(backends.begin(), backends.end(), name) == backends.end()) {
      return fail("{}: variant '{}' is not measured: add it to 'backends'", place, name);
    }
  }
  for (const std::string& backend : backends) {
    if (backend.find(kMark) != std::string::npos && find_variant(variants, backend) == nullptr) {
      return fail("{}: '{}' in 'backends' is no variant of 'variants'", place, backend);
    }
  }
  return {};
}

}  // namespace inferscale::record
