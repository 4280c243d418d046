#include <algorithm>

#include "protocol/modes/descriptor.hpp"

namespace inferscale::protocol {
namespace {

std::vector<const ModeDescriptor*>& mode_list() {
  static std::vector<const ModeDescriptor*> list{&kPrefillMode, &kGenerateMode, &kDecodeMode};
  return list;
}

}  // namespace

bool ModeDescriptor::fills_field(ModeField field) const {
  return std::find(fills.begin(), fills.end(), field) != fills.end();
}

std::span<const ModeDescriptor* const> modes() {
  return mode_list();
}

const ModeDescriptor& descriptor(Mode mode) {
  const auto list = modes();
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const ModeDescriptor* one) { return one->id == mode; });
  return found == list.end() ? kPrefillMode : **found;
}

int place_in_reports(Mode mode) {
  const int modes_before = static_cast<int>(mode_list().size());
  return static_cast<int>(mode) + (descriptor(mode).cached() ? 0 : modes_before);
}

std::string_view to_string(Mode mode) {
  return descriptor(mode).name;
}

std::optional<Mode> parse_mode(std::string_view text) {
  for (const ModeDescriptor* one : modes()) {
    if (one->name == text) {
      return one->id;
    }
  }
  return std::nullopt;
}

std::string mode_names() {
  std::string names;
  const auto list = modes();
  for (std::size_t i = 0; i < list.size(); ++i) {
    names += i == 0 ? "" : i + 1 == list.size() ? " or " : ", ";
    names += list[i]->name;
  }
  return names;
}

std::vector<Mode> default_modes() {
  std::vector<Mode> chosen;
  for (const ModeDescriptor* one : modes()) {
    if (one->by_default) {
      chosen.push_back(one->id);
    }
  }
  return chosen;
}

void add_mode_for_test(const ModeDescriptor& mode) {
  mode_list().push_back(&mode);
}

}  // namespace inferscale::protocol
