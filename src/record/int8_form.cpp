#include "record/int8_form.hpp"

namespace inferscale::record {

std::string_view int8_form(const protocol::BackendInfo& backend, const Json& options) {
  const bool takes_dynamic = backend.name == "onnxruntime-cpu-int8";
  const auto form = options.find("form");
  if (form == options.end()) {
    return takes_dynamic ? "dynamic" : "qdq";
  }
  if (*form == "dynamic") {
    return takes_dynamic ? "dynamic" : "";
  }
  return *form == "qdq" ? "qdq" : "";
}

}  // namespace inferscale::record
