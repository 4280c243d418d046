#include "tokenizer/json_members.hpp"

#include "tokenizer/show.hpp"

namespace inferscale::tokenizer {
namespace {

Result<void> append_parts(const SortedJson& component, const char* parts, const std::string& place,
                          std::vector<const SortedJson*>& found) {
  if (component.is_null()) {
    return {};
  }
  if (!component.is_object()) {
    return fail("{}: must be an object with a type, or null", place);
  }
  if (type_of(component) != "Sequence") {
    found.push_back(&component);
    return {};
  }
  const SortedJson& list = member(component, parts);
  if (!list.is_array()) {
    return fail("{}: a Sequence needs the list '{}'", place, parts);
  }
  for (const SortedJson& part : list) {
    TRY(append_parts(part, parts, place, found));
  }
  return {};
}

}  // namespace

const SortedJson& member(const SortedJson& object, const char* name) {
  static const SortedJson null;
  if (!object.is_object()) {
    return null;
  }
  const auto found = object.find(name);
  return found == object.end() ? null : *found;
}

bool is_true(const SortedJson& object, const char* name) {
  return member(object, name) == true;
}

std::string type_of(const SortedJson& object) {
  const SortedJson& type = member(object, "type");
  return type.is_string() ? type.get<std::string>() : std::string();
}

Result<bool> read_flag(const SortedJson& object, const char* name, bool otherwise, const std::string& place) {
  const SortedJson& flag = member(object, name);
  if (flag.is_null()) {
    return otherwise;
  }
  if (!flag.is_boolean()) {
    return fail("{}: {} must be true or false", place, name);
  }
  return flag.get<bool>();
}

Result<std::string> read_text(const SortedJson& object, const char* name, const std::string& place) {
  const SortedJson& text = member(object, name);
  if (!text.is_string()) {
    return fail("{}: {} must be a string", place, name);
  }
  return text.get<std::string>();
}

Result<std::vector<const SortedJson*>> parts_of(const SortedJson& component, const char* parts,
                                                const std::string& place) {
  constexpr std::size_t kMaxParts = 64;
  std::vector<const SortedJson*> found;
  TRY(append_parts(component, parts, place, found));
  if (found.size() > kMaxParts) {
    return fail("{}: more than {} steps", place, kMaxParts);
  }
  return found;
}

tl::unexpected<Error> fail_unknown_part(const std::string& place, std::string_view type,
                                        std::string_view what, std::string_view known) {
  return fail("{}: {} is not a {} that inferscale has: it has {}", place, show(type), what, known);
}

}  // namespace inferscale::tokenizer
