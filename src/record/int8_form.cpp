#include "record/int8_form.hpp"

#include <algorithm>

#include "protocol/needs.hpp"

namespace inferscale::record {

std::string_view int8_form(const protocol::BackendInfo& backend, const Json& options) {
  const auto forms = protocol::quantization_forms_of(backend);
  const auto wanted = options.find("form");
  for (const std::string_view known : {"dynamic", "qdq", "blocks"}) {
    const bool chosen = wanted == options.end() ? forms.front() == known : *wanted == known;
    if (chosen && std::find(forms.begin(), forms.end(), known) != forms.end()) {
      return known;
    }
  }
  return "";
}

}  // namespace inferscale::record
