#include "core/json.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/files.hpp"
#include "core/suggestion.hpp"

namespace inferscale {
namespace {

constexpr int kMaxDepth = 64;  // deeper nesting is an attack on the stack, not a plan

/// nlohmann's parser keeps the last of two equal keys without a word; this callback finds them.
template <class AnyJson>
struct DuplicateFinder {
  std::vector<std::set<std::string>> open;
  std::string duplicate;
  bool too_deep = false;

  bool operator()(int depth, typename AnyJson::parse_event_t event, AnyJson& parsed) {
    if (depth > kMaxDepth) {
      too_deep = true;
      return false;
    }
    if (event == AnyJson::parse_event_t::object_start) {
      open.emplace_back();
    } else if (event == AnyJson::parse_event_t::object_end) {
      open.pop_back();
    } else if (event == AnyJson::parse_event_t::key) {
      const auto& key = parsed.template get_ref<const std::string&>();
      if (!open.back().insert(key).second && duplicate.empty()) {
        duplicate = key;
      }
    }
    return true;
  }
};

/// Nesting is checked before parsing: the parser itself is iterative, but destruction and callbacks need not
/// be.
bool nested_too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) {
        return true;
      }
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

template <class AnyJson>
Result<AnyJson> parse(std::string_view text, std::string_view place) {
  if (is_lfs_pointer(text)) {
    return fail_lfs_pointer(place);
  }
  if (nested_too_deep(text)) {
    return fail("{}: JSON is nested deeper than {} levels", place, kMaxDepth);
  }
  DuplicateFinder<AnyJson> finder;
  AnyJson json;
  try {
    json = AnyJson::parse(text.begin(), text.end(), std::ref(finder));
  } catch (const typename AnyJson::parse_error& e) {
    // "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error ...": keep the last
    // part.
    std::string_view what = e.what();
    if (const auto end = what.find("] "); end != std::string_view::npos) {
      what.remove_prefix(end + 2);
    }
    return fail("{}: not valid JSON: {} (byte {})", place, what, e.byte);
  } catch (const typename AnyJson::exception& e) {
    return fail("{}: not valid JSON: {}", place, e.what());
  }
  if (!finder.duplicate.empty()) {
    return fail("{}: key '{}' appears twice in one object", place, finder.duplicate);
  }
  return json;
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view place) {
  return parse<Json>(text, place);
}

Result<SortedJson> parse_sorted_json(std::string_view text, std::string_view place) {
  return parse<SortedJson>(text, place);
}

Result<Json> read_json_file(const std::filesystem::path& file) {
  TRY_ASSIGN(const std::string text, read_file(file));
  return parse_json(text, file.string());
}

std::string to_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}
std::string to_pretty(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

FieldReader::FieldReader(const Json& object, std::string place) : object_(object), place_(std::move(place)) {}

std::string FieldReader::place_of(std::string_view name) const {
  return fmt::format("{}: {}", place_, name);
}

const Json* FieldReader::find(std::string_view name) {
  known_.emplace_back(name);
  if (!object_.is_object()) {
    return nullptr;
  }
  const auto found = object_.find(std::string(name));
  return found == object_.end() ? nullptr : &*found;
}

template <class T, class Check>
Result<void> FieldReader::read_as(std::string_view name, T& value, std::string_view expected, Check check) {
  const Json* field = find(name);
  if (field == nullptr) {
    return {};
  }
  if (!check(*field)) {
    return fail("{}: field '{}' must be {}, not {}", place_, name, expected, to_line(*field).substr(0, 60));
  }
  value = field->get<T>();
  return {};
}

namespace {
template <class T>
bool integer_in_range(const Json& field) {
  if (field.is_number_unsigned()) {
    return field.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<T>::max());
  }
  if (!field.is_number_integer()) {
    return false;
  }
  const auto number = field.get<std::int64_t>();
  if constexpr (std::is_unsigned_v<T>) {
    return number >= 0;
  } else {
    return number >= std::numeric_limits<T>::min() && number <= std::numeric_limits<T>::max();
  }
}
/// What the field must be: of one that is an integer, the limits that it is beyond.
template <class T>
std::string integer_words(const Json* field) {
  using Limits = std::numeric_limits<T>;
  return field != nullptr && field->is_number_integer()
             ? fmt::format("from {} to {}", Limits::min(), Limits::max())
             : "an integer";
}
template <class Item>
bool array_of(const Json& field, Item item) {
  return field.is_array() && std::all_of(field.begin(), field.end(), item);
}
}  // namespace

Result<void> FieldReader::read(std::string_view name, bool& value) {
  return read_as(name, value, "true or false", [](const Json& f) { return f.is_boolean(); });
}
Result<void> FieldReader::read(std::string_view name, int& value) {
  return read_as(name, value, integer_words<int>(find(name)), integer_in_range<int>);
}
Result<void> FieldReader::read(std::string_view name, std::int64_t& value) {
  return read_as(name, value, integer_words<std::int64_t>(find(name)), integer_in_range<std::int64_t>);
}
Result<void> FieldReader::read(std::string_view name, std::uint64_t& value) {
  return read_as(name, value, "an integer of at least 0", integer_in_range<std::uint64_t>);
}
Result<void> FieldReader::read(std::string_view name, double& value) {
  return read_as(name, value, "a number",
                 [](const Json& f) { return f.is_number() && std::isfinite(f.get<double>()); });
}
Result<void> FieldReader::read(std::string_view name, std::string& value) {
  return read_as(name, value, "a string", [](const Json& f) { return f.is_string(); });
}
Result<void> FieldReader::read(std::string_view name, std::vector<std::string>& value) {
  return read_as(name, value, "a list of strings",
                 [](const Json& f) { return array_of(f, [](const Json& i) { return i.is_string(); }); });
}
Result<void> FieldReader::read(std::string_view name, std::vector<int>& value) {
  return read_as(name, value, "a list of integers",
                 [](const Json& f) { return array_of(f, integer_in_range<int>); });
}

Result<void> FieldReader::finish() const {
  if (!object_.is_object()) {
    return fail("{}: must be a JSON object", place_);
  }
  for (const auto& [key, ignored] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
      return fail("{}: unknown field '{}'{}", place_, key, did_you_mean(key, known_));
    }
  }
  return {};
}

}  // namespace inferscale
