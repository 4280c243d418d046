#pragma once

#include <string_view>

#include "core/json.hpp"
#include "protocol/backend_info.hpp"

namespace inferscale::record {

/// The form of a backend's int8 graph by the plan's options for it, "dynamic", "qdq" or "blocks"; empty for
/// options that no study takes. For results whose manifest does not say the form: those are older than the
/// default that looks at the model (src/artifact/backend_graph.cpp).
std::string_view int8_form(const protocol::BackendInfo& backend, const Json& options);

}  // namespace inferscale::record
