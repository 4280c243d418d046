#include "protocol/fields.hpp"

#include <string>

#include "protocol/modes/descriptor.hpp"

namespace inferscale::protocol {

Result<void> ModeCodec::read(FieldReader& reader, std::string_view name, Mode& mode) {
  std::string text(to_string(mode));
  TRY(reader.read(name, text));
  const auto parsed = parse_mode(text);
  if (!parsed) {
    return fail("{}: field '{}' must be {}, not '{}'", reader.place(), name, mode_names(), text);
  }
  mode = *parsed;
  return {};
}

Result<void> read_latency(FieldReader& reader, LatencySummary& latency) {
  Result<void> result;
  for_each_field(kFieldsOf<LatencySummary>, [&](const auto& field) {
    if (result) {
      result = field.read(reader, latency);
    }
    if (result && field.in(latency) < 0) {
      result = fail("{}: field '{}' is negative", reader.place(), field.name);
    }
  });
  return result;
}

}  // namespace inferscale::protocol
