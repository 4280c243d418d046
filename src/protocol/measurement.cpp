#include "protocol/measurement.hpp"

#include "protocol/modes/descriptor.hpp"

namespace inferscale::protocol {

std::vector<Shape> shapes_of(const MeasureRequest& request) {
  return descriptor(request.mode).shapes(request.scenario, request.new_tokens);
}

CacheShape cache_of(const MeasureRequest& request) {
  const auto longest = descriptor(request.mode).longest(request.scenario, request.new_tokens);
  return {request.scenario.batch, request.scenario.prompt_tokens, static_cast<int>(longest)};
}

}  // namespace inferscale::protocol
