#include "protocol/measurement.hpp"

namespace inferscale::protocol {

std::vector<Shape> shapes_of(const MeasureRequest& request) {
  std::vector<Shape> shapes;
  const int steps = request.mode == Mode::prefill ? 1 : request.new_tokens;
  for (int step = 0; step < steps; ++step) {
    shapes.push_back({request.scenario.batch, request.scenario.prompt_tokens + step});
  }
  return shapes;
}

}  // namespace inferscale::protocol
