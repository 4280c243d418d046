#include <algorithm>
#include <cmath>

#include "protocol/message_fields.hpp"
#include "protocol/shape_profile.hpp"

namespace inferscale::protocol {
namespace {

/// A list of lists of `count` sizes each; an absent one is empty.
Result<std::vector<std::vector<int>>> rows_of_sizes(FieldReader& reader, std::string_view name,
                                                    std::size_t count, std::string_view words) {
  std::vector<std::vector<int>> rows;
  const Json* list = reader.find(name);
  if (list == nullptr) {
    return rows;
  }
  const auto is_size = [](const Json& size) {
    return size.is_number_integer() && size > 0 && size <= (1 << 20);
  };
  const bool valid =
      list->is_array() && std::all_of(list->begin(), list->end(), [&](const Json& row) {
        return row.is_array() && row.size() == count && std::all_of(row.begin(), row.end(), is_size);
      });
  if (!valid) {
    return fail("{}: field '{}' must be a list of {}", reader.place(), name, words);
  }
  for (const Json& row : *list) {
    rows.push_back(row.get<std::vector<int>>());
  }
  return rows;
}

}  // namespace

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
  TRY_ASSIGN(const auto rows, rows_of_sizes(reader, name, 2, "[batch, length]"));
  for (const auto& row : rows) {
    shapes.push_back({row[0], row[1]});
  }
  return {};
}

Json CachesCodec::write(const std::vector<CacheShape>& caches) {
  Json list = Json::array();
  for (const CacheShape& cache : caches) {
    list.push_back({cache.batch, cache.prompt, cache.capacity});
  }
  return list;
}

Result<void> CachesCodec::read(FieldReader& reader, std::string_view name, std::vector<CacheShape>& caches) {
  TRY_ASSIGN(const auto rows, rows_of_sizes(reader, name, 3, "[batch, prompt, capacity]"));
  for (const auto& row : rows) {
    if (row[1] > row[2]) {
      return fail("{}: field '{}' has a prompt of {} tokens for a capacity of {}", reader.place(), name,
                  row[1], row[2]);
    }
    caches.push_back({row[0], row[1], row[2]});
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

Result<void> FiniteNumbersCodec::read(FieldReader& reader, std::string_view name,
                                      std::vector<double>& numbers) {
  const Json* list = reader.find(name);
  if (list == nullptr) {
    return {};
  }
  if (!list->is_array()) {
    return fail("{}: field '{}' must be a list of numbers", reader.place(), name);
  }
  for (const Json& number : *list) {
    numbers.push_back(number.is_number() ? number.get<double>() : std::nan(""));
    if (!std::isfinite(numbers.back())) {
      return fail_as(Outcome::invalid_output, "{}: a number of '{}' is {}", reader.place(), name,
                     to_line(number));
    }
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

Result<void> MeasuredStepsCodec::read(FieldReader& reader, std::string_view name,
                                      std::optional<LatencySummary>& steps) {
  const Json* found = reader.find(name);
  return found == nullptr || found->is_null() ? Result<void>()
                                              : MeasuredLatencyCodec::read(reader, name, steps.emplace());
}

}  // namespace inferscale::protocol
