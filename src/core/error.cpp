#include "core/error.hpp"

namespace inferscale {

Error Error::in(std::string_view place) const {
  return {fmt::format("{}: {}", place, message), outcome, usage};
}

}  // namespace inferscale
