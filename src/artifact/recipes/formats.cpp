#include <algorithm>
#include <vector>

#include "artifact/recipes/format.hpp"
#include "protocol/modes/descriptor.hpp"

namespace inferscale::artifact {

namespace {

std::vector<const Format*>& format_list() {
  static std::vector<const Format*> list{&kWeightsFormat, &kOnnxFormat, &kLimitsFormat,
                                         &kCalibrationSamplesFormat, &kEngineFormat};
  return list;
}

}  // namespace

bool is_cached(const protocol::Need& need) {
  const auto mode = protocol::parse_mode(need.mode);
  return mode && protocol::descriptor(*mode).cached();
}

const Format* find_format(std::string_view name) {
  const auto& formats = format_list();
  const auto found =
      std::find_if(formats.begin(), formats.end(), [&](const Format* one) { return one->name == name; });
  return found == formats.end() ? nullptr : *found;
}

void add_format_for_test(const Format& format) {
  format_list().push_back(&format);
}

}  // namespace inferscale::artifact
