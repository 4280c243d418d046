#pragma once

#include "record/plan_fields.hpp"

namespace inferscale::record {

/// The range of a setting of a plan, or of `stop`. Options of commands that mean the same keep to it too. A
/// name without a range does not compile.
template <class Struct>
consteval NumberRange range_of(std::string_view name) {
  std::optional<NumberRange> range;
  for_each_field(kFieldsOf<Struct>, [&](const auto& field) {
    if (field.name == name) {
      range = field.facts.range;
    }
  });
  return range.value();
}

}  // namespace inferscale::record
