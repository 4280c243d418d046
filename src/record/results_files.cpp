#include "record/results_files.hpp"

namespace inferscale::record {

Result<Json> read_if_there(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) {
    return Json(nullptr);
  }
  return read_json_file(file);
}

Json listed_artifacts(const std::filesystem::path& folder) {
  const auto manifest = read_json_file(folder / kManifestFile);
  const bool lists = manifest && manifest->is_object() && manifest->contains("artifacts");
  return lists ? (*manifest)["artifacts"] : Json::array();
}

}  // namespace inferscale::record
