#include "measure/pass_layout.hpp"

namespace inferscale::measure {

std::size_t bytes_of(ElementType element) {
  return element == ElementType::f32 ? 4 : 2;
}

tl::unexpected<Error> not_prepared(const protocol::Shape& shape) {
  return fail("forward was called with a shape that was not prepared: [{}, {}]", shape.batch, shape.length);
}

}  // namespace inferscale::measure
