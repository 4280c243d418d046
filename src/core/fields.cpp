#include "core/fields.hpp"

#include <utility>

namespace inferscale {

Result<void> AnyJsonCodec::read(FieldReader& reader, std::string_view name, Json& value) {
  if (const Json* found = reader.find(name)) {
    value = *found;
  }
  return {};
}

Result<void> JsonObjectCodec::read(FieldReader& reader, std::string_view name, Json& value) {
  if (const Json* found = reader.find(name); found != nullptr && !found->is_object()) {
    return fail("{}: field '{}' must be an object", reader.place(), name);
  }
  return AnyJsonCodec::read(reader, name, value);
}

Json describe_field(std::string_view name, std::string_view type, const FieldFacts& facts, Json otherwise) {
  Json json = Json::object();
  json["name"] = name;
  json["type"] = facts.type.empty() ? type : facts.type;
  json["unit"] = facts.unit;
  json["range"] = facts.range ? Json::array({facts.range->low, facts.range->high}) : Json(nullptr);
  json["required"] = facts.required;
  json["default"] = facts.otherwise.empty() ? std::move(otherwise) : Json(nullptr);
  json["otherwise"] = facts.otherwise;
  json["option"] = facts.option.name;
  return json;
}

Result<void> read_schema_version(FieldReader& reader, int expected, Presence presence) {
  int version = expected;
  TRY(presence == Presence::required ? reader.require("schema_version", version)
                                     : reader.read("schema_version", version));
  if (version != expected) {
    return fail("{}: schema_version is {}, and this inferscale reads {}", reader.place(), version, expected);
  }
  return {};
}

}  // namespace inferscale
