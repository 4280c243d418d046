#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"

namespace inferscale::tokenizer {

/// A member, or null when it is absent or `object` is none.
const SortedJson& member(const SortedJson& object, const char* name);

bool is_true(const SortedJson& object, const char* name);

/// The member "type", or "".
std::string type_of(const SortedJson& object);

/// A member that must be true or false; `otherwise` when it is absent.
Result<bool> read_flag(const SortedJson& object, const char* name, bool otherwise, const std::string& place);

/// A member that must be a string.
Result<std::string> read_text(const SortedJson& object, const char* name, const std::string& place);

/// The parts of a component: null has none, one of type Sequence has those of its list `parts`, which may be
/// sequences themselves, and any other is its own part.
Result<std::vector<const SortedJson*>> parts_of(const SortedJson& component, const char* parts,
                                                const std::string& place);

/// "PLACE: 'Lowercase' is not a normalizer that inferscale has: it has NFC, ..."
tl::unexpected<Error> fail_unknown_part(const std::string& place, std::string_view type,
                                        std::string_view what, std::string_view known);

}  // namespace inferscale::tokenizer
