#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "artifact/store.hpp"
#include "core/error.hpp"

namespace inferscale::cli {

struct ConclusionOptions {
  bool with_report = false, with_plots = false;
};

/// What follows a study: the analysis always (its notices go to stderr), the report when asked for, and the
/// manifest once more, for both are among its files. Returns the path of report.html, or an empty string when
/// there is none.
Result<std::string> conclude_study(const std::filesystem::path& folder,
                                   std::span<const artifact::Artifact> artifacts,
                                   const ConclusionOptions& options);

}  // namespace inferscale::cli
