#include <algorithm>

#include "protocol/message_fields.hpp"
#include "protocol/shape_profile.hpp"

namespace inferscale::protocol {

Result<void> ScopeCodec::read(FieldReader& reader, std::string_view name, LogitsScope& scope) {
  std::string text(to_string(scope));
  TRY(reader.read(name, text));
  const auto parsed = parse_logits_scope(text);
  if (!parsed) {
    return fail("{}: field '{}' must be all or last, not '{}'", reader.place(), name, text);
  }
  scope = *parsed;
  return {};
}

Json ShapesCodec::write(const std::vector<Shape>& shapes) {
  Json list = Json::array();
  for (const Shape& shape : shapes) {
    list.push_back({shape.batch, shape.length});
  }
  return list;
}

Result<void> ShapesCodec::read(FieldReader& reader, std::string_view name, std::vector<Shape>& shapes) {
  const Json* list = reader.find(name);
  if (list == nullptr) {
    return {};
  }
  const auto is_size = [](const Json& size) {
    return size.is_number_integer() && size > 0 && size <= (1 << 20);
  };
  const bool valid = list->is_array() && std::all_of(list->begin(), list->end(), [&](const Json& shape) {
                       return shape.is_array() && shape.size() == 2 && is_size(shape[0]) && is_size(shape[1]);
                     });
  if (!valid) {
    return fail("{}: field '{}' must be a list of [batch, length]", reader.place(), name);
  }
  for (const Json& shape : *list) {
    shapes.push_back({shape[0].get<int>(), shape[1].get<int>()});
  }
  return {};
}

Json ProfilesCodec::write(const std::vector<ShapeProfile>& profiles) {
  return to_json(std::span<const ShapeProfile>(profiles));
}

Result<void> ProfilesCodec::read(FieldReader& reader, std::string_view name,
                                 std::vector<ShapeProfile>& profiles) {
  if (const Json* list = reader.find(name)) {
    TRY_ASSIGN(profiles, parse_profiles(*list, reader.place_of(name)));
  }
  return {};
}

Result<void> SequencesCodec::read(FieldReader& reader, std::string_view name, Sequences& sequences) {
  const auto place = reader.place_of(name);
  const Json* lists = reader.find(name);
  if (lists == nullptr || !lists->is_array() || lists->empty()) {
    return fail("{}: must be a list of at least one list of token ids", place);
  }
  for (const Json& list : *lists) {
    std::vector<std::int32_t> ids;
    Json holder = Json::object();
    holder["ids"] = list;
    FieldReader one(holder, place);
    TRY(one.require("ids", ids));
    if (ids.empty()) {
      return fail("{}: a list of token ids is empty", place);
    }
    sequences.push_back(std::move(ids));
  }
  return {};
}

Result<void> NewTokensCodec::read(FieldReader& reader, std::string_view name, Sequences& tokens) {
  const Json* lists = reader.find(name);
  if (lists == nullptr || !lists->is_array()) {
    return fail("{}: field '{}' must be a list of lists", reader.place(), name);
  }
  for (const Json& sequence : *lists) {
    Json holder = Json::object();
    holder[std::string(name)] = sequence;
    FieldReader one(holder, reader.place());
    TRY(one.read(name, tokens.emplace_back()));
  }
  return {};
}

Result<void> MeasuredLatencyCodec::read(FieldReader& reader, std::string_view name, LatencySummary& latency) {
  const Json* found = reader.find(name);
  if (found == nullptr || !found->is_object()) {
    return fail("{}: field '{}' must be an object", reader.place(), name);
  }
  FieldReader inner(*found, reader.place_of(name));
  return read_latency(inner, latency);
}

}  // namespace inferscale::protocol
