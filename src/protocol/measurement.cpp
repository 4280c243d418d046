#include "protocol/measurement.hpp"

#include "protocol/modes/descriptor.hpp"

namespace inferscale::protocol {

std::vector<Shape> shapes_of(const MeasureRequest& request) {
  return descriptor(request.mode).shapes(request.scenario, request.new_tokens);
}

}  // namespace inferscale::protocol
