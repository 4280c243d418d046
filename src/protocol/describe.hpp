#pragma once

#include <string>

#include "core/json.hpp"
#include "protocol/backend_info.hpp"

namespace inferscale::protocol {

/// {"worker", "runtime", "runtime_version", "backends": [{"name", "device", "precision", "artifact",
/// "graph_precision", "unavailable_because", and where they apply "artifact_key" and "weight_bits", "needs",
/// "quantization_forms", "family" and "precision_facts"}]}: part of the protocol's hello, and what
/// `inferscale backends --json` prints.
Json to_json(const BackendInfo& info);
Json to_json(const WorkerInfo& info);

/// Reads those fields of `json`; others, which a later minor version may add, are left alone.
Result<WorkerInfo> parse_worker_info(const Json& json, const std::string& place);

}  // namespace inferscale::protocol
