#include <algorithm>
#include <array>

#include "artifact/recipes/format.hpp"

namespace inferscale::artifact {

const Format* find_format(std::string_view name) {
  static const std::array<const Format*, 5> formats{&kWeightsFormat, &kOnnxFormat, &kLimitsFormat,
                                                    &kCalibrationSamplesFormat, &kEngineFormat};
  const auto found =
      std::find_if(formats.begin(), formats.end(), [&](const Format* one) { return one->name == name; });
  return found == formats.end() ? nullptr : *found;
}

}  // namespace inferscale::artifact
