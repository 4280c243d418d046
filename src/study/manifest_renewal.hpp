#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/error.hpp"
#include "core/file_stamp.hpp"

namespace inferscale::study {

/// Lives while a finished study's analysis or report is made again, and then renews the manifest's entries of
/// what was written meanwhile. All other entries stay, so that altered rows and files that are not there
/// still do not match.
class ManifestRenewal {
 public:
  /// Call it before anything is written.
  explicit ManifestRenewal(std::filesystem::path folder);
  /// Call it last. Does nothing without a manifest.
  [[nodiscard]] Result<void> finish() const;

 private:
  std::filesystem::path folder_;
  std::map<std::string, FileStamp> before_;  ///< what `report` and `analyze` may write, by its path below
};

}  // namespace inferscale::study
