#include "protocol/modes/passes.hpp"

namespace inferscale::protocol {

std::int64_t longest_of_passes(const Scenario& scenario, int passes) {
  return std::int64_t{scenario.prompt_tokens} + passes - 1;
}

std::vector<Shape> shapes_of_passes(const Scenario& scenario, int passes) {
  std::vector<Shape> shapes;
  for (int pass = 0; pass < passes; ++pass) {
    shapes.push_back({scenario.batch, scenario.prompt_tokens + pass});
  }
  return shapes;
}

}  // namespace inferscale::protocol
