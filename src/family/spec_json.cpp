#include <algorithm>

#include "family/families.hpp"
#include "model/spec_fields.hpp"

namespace inferscale::family {
namespace {

using namespace model;

Result<const Family*> family_of_name(const std::string& name, const std::string& place) {
  const auto& known = families();
  const auto found =
      std::find_if(known.begin(), known.end(), [&](const Family* family) { return family->name == name; });
  if (found == known.end()) {
    return fail("{}: unknown family '{}'", place, name);
  }
  return *found;
}

}  // namespace

Result<DecoderSpec> spec_from_json(const Json& json, const std::string& place) {
  DecoderSpec spec;
  FieldReader fields(json, place);
  std::string name(kDefaultFamily);
  TRY(fields.read(kFamilyField, name));
  TRY_ASSIGN(spec.family, family_of_name(name, place));
  TRY(read_fields(shape_fields(), fields, spec));
  TRY(read_fields(differing_fields(), fields, spec));
  TRY(fields.finish());
  if (auto valid = validate(spec); !valid) {
    return tl::unexpected(valid.error().in(place));
  }
  return spec;
}

}  // namespace inferscale::family
