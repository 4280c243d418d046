#include "record/row_reader.hpp"

#include <simdjson.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <new>
#include <utility>

#include "record/row_fields.hpp"

namespace inferscale::record {

using namespace protocol;

namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxDepth = 64;  // as parse_json()

bool read_value(dom::element element, std::string& value) {
  std::string_view text;
  if (element.get_string().get(text) != simdjson::SUCCESS) {
    return false;
  }
  value.assign(text);
  return true;
}

bool read_value(dom::element element, std::int64_t& value) {
  return element.get_int64().get(value) == simdjson::SUCCESS;
}

bool read_value(dom::element element, int& value) {
  std::int64_t wide = 0;
  if (!read_value(element, wide) || wide < std::numeric_limits<int>::min() ||
      wide > std::numeric_limits<int>::max()) {
    return false;
  }
  value = static_cast<int>(wide);
  return true;
}

bool read_value(dom::element element, double& value) {
  return element.get_double().get(value) == simdjson::SUCCESS && std::isfinite(value);
}

template <class Enum, class Parse>
bool read_named(dom::element element, Enum& value, Parse parse) {
  std::string_view text;
  if (element.get_string().get(text) != simdjson::SUCCESS) {
    return false;
  }
  const std::optional<Enum> parsed = parse(text);
  value = parsed.value_or(value);
  return parsed.has_value();
}
bool read_value(dom::element element, Outcome& value) {
  return read_named(element, value, parse_outcome);
}
bool read_value(dom::element element, Mode& value) {
  return read_named(element, value, parse_mode);
}

/// All of its fields, in the order of their declaration.
bool read_value(dom::element element, LatencySummary& latency) {
  dom::object object;
  if (element.get_object().get(object) != simdjson::SUCCESS) {
    return false;
  }
  auto at = object.begin();
  bool plain = true;
  for_each_field(kFieldsOf<LatencySummary>, [&](const auto& field) {
    double& value = field.in(latency);
    plain =
        plain && at != object.end() && at.key() == field.name && read_value(at.value(), value) && value >= 0;
    if (plain) {
      ++at;
    }
  });
  return plain && !(at != object.end());
}

bool read_value(dom::element element, std::optional<LatencySummary>& latency) {
  return read_value(element, latency.emplace());
}

/// False for equal keys in one object.
bool read_value(dom::element element, Json& value) {
  switch (element.type()) {
    case dom::element_type::OBJECT: {
      value = Json::object();
      for (const dom::key_value_pair& field : dom::object(element)) {
        std::string key(field.key);
        if (value.contains(key) || !read_value(field.value, value[key])) {
          return false;
        }
      }
      return true;
    }
    case dom::element_type::ARRAY:
      value = Json::array();
      for (const dom::element item : dom::array(element)) {
        if (!read_value(item, value.emplace_back())) {
          return false;
        }
      }
      return true;
    case dom::element_type::STRING:
      value = std::string_view(element);
      return true;
    case dom::element_type::INT64:
      value = std::int64_t(element);
      return true;
    case dom::element_type::UINT64:
      value = std::uint64_t(element);
      return true;
    case dom::element_type::DOUBLE:
      value = double(element);
      return true;
    case dom::element_type::BOOL:
      value = bool(element);
      return true;
    default:
      value = nullptr;
      return true;
  }
}

constexpr auto kRowFields = kFieldsOf<Row>;
constexpr std::size_t kRowFieldCount = std::tuple_size_v<decltype(kRowFields)>;
constexpr std::size_t kIdentityCount = std::tuple_size_v<decltype(row_identity_fields())>;
using FieldSet = std::uint32_t;
static_assert(kRowFieldCount <= 32);

constexpr FieldSet bit(std::size_t field) {
  return FieldSet{1} << field;
}

/// A declared field without its types. In the order in which rows are written, so that the next field of a
/// line is nearly always the expected one.
struct PlainField {
  std::string_view name;
  bool required = false;
  bool nullable = false;
  bool free_json = false;
  bool only_object = false;
  bool (*read)(dom::element element, Row& row) = nullptr;
  void (*clear)(Row& row) = nullptr;
};

template <class Codec, auto... Members>
constexpr bool takes_only_objects(const Field<Codec, Members...>& /*field*/) {
  return std::is_same_v<Codec, JsonObjectCodec>;
}

template <std::size_t I>
constexpr PlainField plain_field() {
  constexpr auto field = std::get<I>(kRowFields);
  using Value = std::remove_cvref_t<decltype(field.in(std::declval<Row&>()))>;
  constexpr bool free_json = std::is_same_v<Value, Json>;
  return {field.name,
          field.facts.required,
          field.facts.nullable || (free_json && !takes_only_objects(field)),
          free_json,
          takes_only_objects(field),
          [](dom::element element, Row& row) { return read_value(element, std::get<I>(kRowFields).in(row)); },
          [](Row& row) {
            static const Row defaults;
            Value& value = std::get<I>(kRowFields).in(row);
            const Value& empty = std::get<I>(kRowFields).in(defaults);
            if constexpr (free_json) {
              if (value == empty) {
                return;  // a copy of an empty object allocates
              }
            }
            value = empty;
          }};
}

template <std::size_t... I>
constexpr std::array<PlainField, kRowFieldCount> plain_fields(std::index_sequence<I...> /*numbers*/) {
  return {plain_field<I>()...};
}
constexpr auto kPlainFields = plain_fields(std::make_index_sequence<kRowFieldCount>());

template <class Predicate>
constexpr FieldSet fields_with(Predicate predicate) {
  FieldSet set = 0;
  for (std::size_t i = 0; i < kRowFieldCount; ++i) {
    set |= predicate(kPlainFields[i]) ? bit(i) : 0;
  }
  return set;
}
constexpr FieldSet kAllFields = fields_with([](const PlainField&) { return true; });
constexpr FieldSet kIdentityFields = bit(kIdentityCount) - 1;
constexpr FieldSet kRequiredFields = fields_with([](const PlainField& field) { return field.required; });
constexpr FieldSet kNullableFields = fields_with([](const PlainField& field) { return field.nullable; });

/// The field's number, looked for from where it is expected.
std::size_t find_field(std::string_view name, std::size_t expected) {
  for (std::size_t i = 0; i < kRowFieldCount; ++i) {
    const std::size_t number = expected + i < kRowFieldCount ? expected + i : expected + i - kRowFieldCount;
    if (kPlainFields[number].name == name) {
      return number;
    }
  }
  return kRowFieldCount;
}

/// Whether the GPU was not throttled for sure, and its energy is not known; the parser judges any other
/// `clocks`.
bool clocks_say_nothing(dom::element clocks) {
  dom::object object;
  if (clocks.get_object().get(object) != simdjson::SUCCESS) {
    return true;
  }
  bool nothing = true;
  for (const dom::key_value_pair& field : object) {
    nothing = nothing && (field.key != "throttled" || (field.value.is_bool() && !bool(field.value))) &&
              (field.key != "energy_mj_per_token" || field.value.is_null());
  }
  return nothing;
}

/// Whether the worker ran as it was asked to.
bool details_say_nothing(dom::element details) {
  return details[kNotAsAsked].error() != simdjson::SUCCESS;
}

}  // namespace

struct RowReader::Parser {
  dom::parser parser;
  FreeJson free_json;
  Row row;
  FieldSet present = 0, null = 0;

  explicit Parser(FreeJson wanted) : free_json(wanted) {
    constexpr std::size_t kUsualRow = 4096;
    if (parser.allocate(kUsualRow, kMaxDepth) != simdjson::SUCCESS) {
      throw std::bad_alloc();
    }
  }

  bool read_field(std::size_t number, dom::element element) {
    const PlainField& field = kPlainFields[number];
    if ((present & bit(number)) != 0) {
      return false;  // twice
    }
    present |= bit(number);
    if (element.is_null() && number >= kIdentityCount) {
      null |= bit(number);
      return true;
    }
    if (field.only_object && !element.is_object()) {
      return false;
    }
    if (field.free_json && free_json == FreeJson::what_counts &&
        (field.name == "clocks" ? clocks_say_nothing(element) : details_say_nothing(element))) {
      field.clear(row);
      return true;
    }
    return field.read(element, row);
  }

  bool read_fields_of(dom::object object) {
    present = null = 0;
    bool has_version = false;
    std::size_t expected = 0;
    for (const dom::key_value_pair& field : object) {
      if (field.key == "schema_version") {
        int version = 0;
        if (has_version || !read_value(field.value, version) || version != kRowSchemaVersion) {
          return false;
        }
        has_version = true;
        continue;
      }
      const std::size_t number = find_field(field.key, expected);
      if (number == kRowFieldCount || !read_field(number, field.value)) {
        return false;
      }
      expected = number + 1;
    }
    return has_version;
  }

  /// Absent fields have their defaults, whatever the line before had.
  void clear_absent() {
    for (FieldSet absent = kAllFields & ~(present & ~null); absent != 0; absent &= absent - 1) {
      kPlainFields[static_cast<std::size_t>(std::countr_zero(absent))].clear(row);
    }
  }

  /// What parse_row() demands of the fields together.
  [[nodiscard]] bool consistent() const {
    const FieldSet values = present & ~null;
    if (row.outcome != Outcome::ok) {
      const FieldSet required = kRequiredFields & kIdentityFields;
      return (values & required) == required && (values & ~kIdentityFields) == 0 && check_identity(row, {});
    }
    return (values & kRequiredFields) == kRequiredFields && (null & ~kNullableFields) == 0 &&
           check_identity(row, {}) && check_measured(row, {});
  }
};

RowReader::RowReader(FreeJson free_json) : parser_(std::make_unique<Parser>(free_json)) {}
RowReader::~RowReader() = default;

const Row* RowReader::read_plain(std::string_view line) {
  dom::object object;
  if (parser_->parser.parse(line.data(), line.size()).get_object().get(object) != simdjson::SUCCESS ||
      !parser_->read_fields_of(object)) {
    return nullptr;
  }
  parser_->clear_absent();
  return parser_->consistent() ? &parser_->row : nullptr;
}

Result<Row> RowReader::read(std::string_view line, const std::string& place) {
  if (const Row* row = read_plain(line)) {
    return *row;
  }
  TRY_ASSIGN(const Json json, parse_json(line, place));
  return parse_row(json, place);
}

}  // namespace inferscale::record
