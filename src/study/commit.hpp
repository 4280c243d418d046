#pragma once

#include <string_view>

namespace inferscale::study {

/// The commit that this program was built from, "2857bd734609", "-dirty" behind it where the checkout held
/// changes; empty where the build did not know.
std::string_view commit();

}  // namespace inferscale::study
