#pragma once

#include <string>

#include "protocol/backend_info.hpp"
#include "report/sections.hpp"

namespace inferscale::report {

/// "inferscale export .." of the graph that a backend of the study ran; empty for one that loads no graph,
/// and where it is not known which graph it was.
std::string export_command(const Source& source, const std::string& model,
                           const protocol::BackendInfo& backend, protocol::Mode mode);

}  // namespace inferscale::report
