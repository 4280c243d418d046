#include "record/share.hpp"

#include <charconv>
#include <cmath>

namespace inferscale::record {

Result<double> parse_share(std::string_view text, std::string_view option) {
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view rest = text.substr(static_cast<std::size_t>(stop - text.data()));
  const double share = rest == "%" ? number / 100 : number;
  if (error != std::errc{} || !std::isfinite(share) || (rest != "%" && !rest.empty()) || share < 0 ||
      share >= 1) {
    return fail_usage("{}: '{}' is no share; give one from 0% to below 100%, such as 2% or 0.02", option,
                      text);
  }
  return share;
}

}  // namespace inferscale::record
