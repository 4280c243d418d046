#include "record/results_files.hpp"

#include "core/files.hpp"

namespace inferscale::record {

Result<Json> read_if_there(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) {
    return Json(nullptr);
  }
  return read_json_file(file);
}

Result<void> refuse_linked_folders(const std::filesystem::path& results_dir,
                                   const std::filesystem::path& folder) {
  std::filesystem::path here = results_dir;
  for (const std::filesystem::path& part : folder) {
    here /= part;
    std::error_code ignored;
    if (std::filesystem::is_symlink(here, ignored)) {
      return fail("cannot write into '{}': it is a symbolic link to another place; remove the link",
                  here.string());
    }
  }
  return {};
}

Result<void> write_result(const std::filesystem::path& results_dir, const std::filesystem::path& name,
                          std::string_view content) {
  TRY(refuse_linked_folders(results_dir, name.parent_path()));
  return write_file_atomic(results_dir / name, content);
}

Json listed_artifacts(const std::filesystem::path& folder) {
  const auto manifest = read_json_file(folder / kManifestFile);
  const bool lists = manifest && manifest->is_object() && manifest->contains("artifacts");
  return lists ? (*manifest)["artifacts"] : Json::array();
}

}  // namespace inferscale::record
