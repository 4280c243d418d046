#include "protocol/capability.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "protocol/modes/descriptor.hpp"

namespace inferscale::protocol {

Capability capability_of(Mode mode) {
  const ModeDescriptor& described = descriptor(mode);
  return {described.name, described.since_minor};
}

bool can(const HelloReply& hello, const Capability& capability) {
  if (hello.can.empty()) {
    return capability.since_minor && hello.minor >= *capability.since_minor;
  }
  return std::find(hello.can.begin(), hello.can.end(), capability.name) != hello.can.end();
}

Result<void> require(const HelloReply& hello, const Capability& capability) {
  if (can(hello, capability)) {
    return {};
  }
  if (!hello.can.empty()) {
    return fail_as(Outcome::unsupported, "worker '{}' cannot '{}': it can {}", hello.worker.worker,
                   capability.name, fmt::join(hello.can, ", "));
  }
  if (!capability.since_minor) {
    return fail_as(Outcome::unsupported, "worker '{}' does not say that it can '{}': bring it up to date",
                   hello.worker.worker, capability.name);
  }
  return fail_as(Outcome::unsupported,
                 "worker '{}' speaks protocol {}.{}, and '{}' came with {}.{}: bring it up to date",
                 hello.worker.worker, hello.protocol, hello.minor, capability.name, kProtocolVersion,
                 *capability.since_minor);
}

}  // namespace inferscale::protocol
