#include <algorithm>

#include "measure/modes/iteration.hpp"

namespace inferscale::measure {
namespace {

std::vector<const ModeIteration*>& iteration_list() {
  static std::vector<const ModeIteration*> list{&kPrefillIteration, &kGenerateIteration, &kDecodeIteration};
  return list;
}

}  // namespace

const ModeIteration* find_iteration(protocol::Mode mode) {
  const auto& list = iteration_list();
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const ModeIteration* one) { return one->id == mode; });
  return found == list.end() ? nullptr : *found;
}

void add_iteration_for_test(const ModeIteration& iteration) {
  iteration_list().push_back(&iteration);
}

}  // namespace inferscale::measure
