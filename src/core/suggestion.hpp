#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inferscale {

/// "; did you mean 'onnxruntime-cpu'?" for a name that one of `known` may have been meant by: it is a
/// beginning of that name, or a few typing errors away from it (a letter left out, added, replaced, or two
/// swapped; one error in up to 7 letters, two in up to 13, else three). Empty where none is near.
std::string did_you_mean(std::string_view unknown, const std::vector<std::string>& known);

}  // namespace inferscale
