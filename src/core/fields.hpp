#pragma once

#include <cmath>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/json.hpp"

// The JSON fields of a struct, declared once. A struct that is kept or sent has, in its own namespace,
//
//   constexpr auto declared_fields(const Summary*) {
//     return std::tuple{field<&Summary::mean>("mean", {.unit = "ms", .required = true}), ...};
//   }
//
// Writing, reading, the command line's options and the tables of docs follow from it. The order of the
// declaration is the order in files.

namespace inferscale {

/// Ends of a range; both belong to it.
struct NumberRange {
  double low = 0, high = 0;
};

/// What may differ where work goes on that was begun under another value.
enum class Change {
  none,
  any,
  superset,  ///< of a list: more entries
  at_least,  ///< of a number: a larger one
};

/// How a command's line says a field. Empty: it does not.
struct CommandOption {
  std::string_view name = {};   ///< "--timeout"
  std::string_view value = {};  ///< what --help shows as its value: "SECONDS"; empty: a flag
  std::string_view help = {};
};

struct FieldFacts {
  std::string_view unit = {};  ///< "ms"
  bool required = false;       ///< an error when it is absent
  bool nullable = false;       ///< null is read as absent
  std::string_view type = {};  ///< for people, where the C++ type does not say it: "`\"all\"`, `\"last\"`"
  std::string_view otherwise = {};  ///< for people: what holds when it is absent, where no value does
  std::optional<NumberRange> range = {};
  CommandOption option = {};
  Change change = Change::none;
};

template <class T>
concept Declared = requires(const T* type) { declared_fields(type); };

template <class T>
inline constexpr auto kFieldsOf = declared_fields(static_cast<const T*>(nullptr));

/// Calls visit(field) in the order of the declaration.
template <class Fields, class Visit>
constexpr void for_each_field(const Fields& fields, Visit visit) {
  std::apply([&](const auto&... field) { (visit(field), ...); }, fields);
}

/// `json` gets the fields of `value`.
template <class Fields, class T>
void write_fields(const Fields& fields, const T& value, Json& json) {
  for_each_field(fields, [&](const auto& field) { field.write(value, json); });
}
template <Declared T>
Json fields_json(const T& value) {
  Json json = Json::object();
  write_fields(kFieldsOf<T>, value, json);
  return json;
}

/// Absent fields keep what `value` has. The caller says whether other fields are errors (finish()).
template <class Fields, class T>
Result<void> read_fields(const Fields& fields, FieldReader& reader, T& value) {
  Result<void> result;
  for_each_field(fields, [&](const auto& field) {
    if (result) {
      result = field.read(reader, value);
    }
  });
  return result;
}
template <Declared T>
Result<void> read_fields(FieldReader& reader, T& value) {
  return read_fields(kFieldsOf<T>, reader, value);
}

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

/// How a value is written and read unless its field has a codec of its own: a declared struct as an object
/// (unknown fields are errors), an enumeration as its to_string(), an empty optional as null. A number that
/// is not finite is written as null.
struct PlainCodec {
  template <class T>
  static Json write(const T& value) {
    if constexpr (IsOptional<T>::value) {
      return value ? write(*value) : Json(nullptr);
    } else if constexpr (Declared<T>) {
      return fields_json(value);
    } else if constexpr (std::is_enum_v<T>) {
      return to_string(value);
    } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
      return value.string();
    } else if constexpr (IsVector<T>::value) {
      Json list = Json::array();
      for (const auto& item : value) {
        list.push_back(write(item));
      }
      return list;
    } else if constexpr (std::is_floating_point_v<T>) {
      return std::isfinite(value) ? Json(value) : Json(nullptr);
    } else {
      return value;
    }
  }
  template <class T>
  static Result<void> read(FieldReader& reader, std::string_view name, T& value) {
    if constexpr (IsOptional<T>::value) {
      const Json* found = reader.find(name);
      return found == nullptr || found->is_null() ? Result<void>() : read(reader, name, value.emplace());
    } else if constexpr (Declared<T>) {
      const Json* found = reader.find(name);
      if (found == nullptr) {
        return {};
      }
      FieldReader inner(*found, reader.place_of(name));
      TRY(read_fields(inner, value));
      return inner.finish();
    } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
      std::string text;
      TRY(reader.read(name, text));
      if (!text.empty()) {
        value = text;
      }
      return {};
    } else {
      return reader.read(name, value);
    }
  }
};

/// For members that are JSON themselves.
struct AnyJsonCodec {
  static Json write(const Json& value) { return value; }
  static Result<void> read(FieldReader& reader, std::string_view name, Json& value);
};
struct JsonObjectCodec : AnyJsonCodec {
  static Result<void> read(FieldReader& reader, std::string_view name, Json& value);
};

/// The type of a field as docs name it.
template <class T>
constexpr std::string_view json_type() {
  if constexpr (IsOptional<T>::value) {
    return json_type<typename T::value_type>();
  } else if constexpr (std::is_same_v<T, bool>) {
    return "boolean";
  } else if constexpr (std::is_integral_v<T>) {
    return "integer";
  } else if constexpr (std::is_floating_point_v<T>) {
    return "number";
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::filesystem::path> ||
                       std::is_enum_v<T>) {
    return "string";
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    return "list of strings";
  } else if constexpr (std::is_same_v<T, std::vector<int>>) {
    return "list of integers";
  } else if constexpr (std::is_same_v<T, std::vector<double>>) {
    return "list of numbers";
  } else if constexpr (IsVector<T>::value) {
    return "list of objects";
  } else {
    return "object";
  }
}

/// One row of a table of fields: name, type, unit, range, required, default, option.
Json describe_field(std::string_view name, std::string_view type, const FieldFacts& facts, Json otherwise);

/// One field. Members lead from the struct to the value: field<&Row::scenario, &Scenario::batch>("batch").
template <class Codec, auto... Members>
struct Field {
  std::string_view name;
  FieldFacts facts;

  template <class Owner>
  static auto& in(Owner& owner) {
    return (owner.*....*Members);
  }
  template <class Owner>
  void write(const Owner& owner, Json& json) const {
    json[std::string(name)] = Codec::write(in(owner));
  }
  template <class Owner>
  Result<void> read(FieldReader& reader, Owner& owner) const {
    if (facts.required || facts.nullable) {
      const Json* found = reader.find(name);
      if (found == nullptr && facts.required) {
        return fail("{}: field '{}' is missing", reader.place(), name);
      }
      if (found != nullptr && found->is_null() && facts.nullable) {
        return {};
      }
    }
    return Codec::read(reader, name, in(owner));
  }
  template <class Owner>
  void describe(const Owner& defaults, Json& table) const {
    using T = std::remove_cvref_t<decltype(in(defaults))>;
    table.push_back(describe_field(name, json_type<T>(), facts, Codec::write(in(defaults))));
  }
};

template <auto... Members>
constexpr auto field(std::string_view name, FieldFacts facts = {}) {
  return Field<PlainCodec, Members...>{name, facts};
}
/// As field(), written and read by `Codec`: static write(value) -> Json, read(reader, name, value).
template <class Codec, auto... Members>
constexpr auto coded_field(std::string_view name, FieldFacts facts = {}) {
  return Field<Codec, Members...>{name, facts};
}

/// A field that is left out where it has the value of a new struct.
template <class Inner>
struct DifferingField {
  Inner inner;
  std::string_view name;
  FieldFacts facts;

  template <class Owner>
  static auto& in(Owner& owner) {
    return Inner::in(owner);
  }
  template <class Owner>
  void write(const Owner& owner, Json& json) const {
    static const Owner fresh{};
    if (!(Inner::in(owner) == Inner::in(fresh))) {
      inner.write(owner, json);
    }
  }
  template <class Owner>
  Result<void> read(FieldReader& reader, Owner& owner) const {
    return inner.read(reader, owner);
  }
  template <class Owner>
  void describe(const Owner& defaults, Json& table) const {
    inner.describe(defaults, table);
  }
};
template <class Inner>
constexpr auto differing(Inner inner) {
  return DifferingField<Inner>{inner, inner.name, inner.facts};
}

/// A field that is written only, as what `Of` makes of the struct. It has no default, for nothing reads it,
/// and what `Of` makes of a new struct, which was never filled, need not make sense.
template <auto Of>
struct ComputedField {
  std::string_view name;
  FieldFacts facts;

  template <class Owner>
  void write(const Owner& owner, Json& json) const {
    json[std::string(name)] = PlainCodec::write(Of(owner));
  }
  template <class Owner>
  void describe(const Owner& /*defaults*/, Json& table) const {
    using T = std::remove_cvref_t<decltype(Of(std::declval<const Owner&>()))>;
    table.push_back(describe_field(name, json_type<T>(), facts, nullptr));
  }
};
template <auto Of>
constexpr auto computed_field(std::string_view name, FieldFacts facts = {}) {
  return ComputedField<Of>{name, facts};
}

/// The fields of a member stand among the struct's own.
template <auto Member>
struct EmbeddedFields {
  template <class Owner>
  void write(const Owner& owner, Json& json) const {
    write_fields(fields(owner), owner.*Member, json);
  }
  template <class Owner>
  Result<void> read(FieldReader& reader, Owner& owner) const {
    return read_fields(fields(owner), reader, owner.*Member);
  }
  template <class Owner>
  void describe(const Owner& defaults, Json& table) const {
    for_each_field(fields(defaults), [&](const auto& field) { field.describe(defaults.*Member, table); });
  }

 private:
  template <class Owner>
  static const auto& fields(const Owner& owner) {
    return kFieldsOf<std::remove_cvref_t<decltype(owner.*Member)>>;
  }
};

/// All fields of a struct, a list for docs.
template <Declared T>
Json describe_fields() {
  Json table = Json::array();
  const T defaults{};
  for_each_field(kFieldsOf<T>, [&](const auto& field) { field.describe(defaults, table); });
  return table;
}

enum class Presence { required, optional };
/// "schema_version", which files and rows begin with. An error when it is another than expected.
Result<void> read_schema_version(FieldReader& reader, int expected, Presence presence = Presence::required);

}  // namespace inferscale
