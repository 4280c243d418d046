#include "protocol/capability.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace inferscale::protocol {
namespace {

struct Known {
  Capability capability;
  std::string_view name;
  int minor;  ///< that brought it
};

constexpr std::array<Known, 5> kKnown{{{Capability::prefill, "prefill", 0},
                                       {Capability::generate, "generate", 0},
                                       {Capability::score, "score", 1},
                                       {Capability::activations, "activations", 2},
                                       {Capability::build, "build", 3}}};

const Known& known(Capability capability) {
  return *std::find_if(kKnown.begin(), kKnown.end(),
                       [&](const Known& one) { return one.capability == capability; });
}

}  // namespace

std::string_view to_string(Capability capability) {
  return known(capability).name;
}

bool can(const HelloReply& hello, Capability capability) {
  if (hello.can.empty()) {
    return hello.minor >= known(capability).minor;
  }
  return std::find(hello.can.begin(), hello.can.end(), to_string(capability)) != hello.can.end();
}

Result<void> require(const HelloReply& hello, Capability capability) {
  if (can(hello, capability)) {
    return {};
  }
  if (hello.can.empty()) {
    return fail_as(Outcome::unsupported,
                   "worker '{}' speaks protocol {}.{}, and '{}' came with {}.{}: bring it up to date",
                   hello.worker.worker, hello.protocol, hello.minor, to_string(capability), kProtocolVersion,
                   known(capability).minor);
  }
  return fail_as(Outcome::unsupported, "worker '{}' cannot '{}': it can {}", hello.worker.worker,
                 to_string(capability), fmt::join(hello.can, ", "));
}

}  // namespace inferscale::protocol
