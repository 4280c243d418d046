#include "model/shard_index.hpp"

#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "core/json.hpp"
#include "model/folder_advice.hpp"

namespace inferscale::model {
namespace {

/// Tensor -> name of its file.
using WeightMap = std::map<std::string, std::string>;

Result<WeightMap> read_weight_map(const std::filesystem::path& index) {
  const std::string place = index.string();
  if (std::error_code error; !std::filesystem::is_regular_file(index, error)) {  // a FIFO is not waited for
    return fail("cannot read '{}': {}", place, error ? error.message() : "not a file");
  }
  TRY_ASSIGN(const Json json, read_json_file(index));
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object()) {
    return fail("{}: must be an object with an object 'weight_map'", place);
  }
  WeightMap map;
  for (const auto& [tensor, file] : json["weight_map"].items()) {
    if (!file.is_string()) {
      return fail("{}: tensor '{}' must have a file name", place, printable(tensor));
    }
    const std::filesystem::path name(file.get<std::string>());
    if (name.empty() || name != name.filename() || name == "." || name == "..") {
      return fail("{}: tensor '{}': '{}' is not the name of a file beside the index", place,
                  printable(tensor), printable(name.string()));
    }
    map.emplace(tensor, name.string());
  }
  if (map.empty()) {
    return fail("{}: weight_map lists no tensor", place);
  }
  return map;
}

Result<SafetensorsFiles> open_shards(const std::filesystem::path& index) {
  TRY_ASSIGN(const WeightMap map, read_weight_map(index));
  std::map<std::string, std::shared_ptr<const SafetensorsFile>> shards;
  for (const auto& [tensor, name] : map) {
    auto& shard = shards[name];
    if (shard == nullptr) {
      const auto path = index.parent_path() / name;
      if (auto nowhere = leads_nowhere(path)) {
        return tl::unexpected(*std::move(nowhere));
      }
      TRY_ASSIGN(SafetensorsFile file, SafetensorsFile::open(path));
      shard = std::make_shared<const SafetensorsFile>(std::move(file));
    }
    if (shard->find(tensor) == nullptr) {
      return fail("{}: no tensor '{}', which {} says is there", shard->path().string(), printable(tensor),
                  index.filename().string());
    }
  }
  SafetensorsFiles files;
  for (const auto& [name, shard] : shards) {
    for (const TensorInfo& tensor : shard->tensors()) {
      const auto listed = map.find(tensor.name);
      if (listed == map.end() || listed->second != name) {
        return fail("{}: tensor '{}' is not listed in {}", shard->path().string(), printable(tensor.name),
                    index.filename().string());
      }
    }
    files.push_back(shard);
  }
  return files;
}

Result<SafetensorsFiles> open_single(const std::filesystem::path& file) {
  TRY_ASSIGN(SafetensorsFile opened, SafetensorsFile::open(file));
  return SafetensorsFiles{std::make_shared<const SafetensorsFile>(std::move(opened))};
}

}  // namespace

Result<SafetensorsFiles> open_safetensors_files(const std::filesystem::path& file_or_folder) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(file_or_folder, ignored)) {
    return file_or_folder.extension() == ".json" ? open_shards(file_or_folder) : open_single(file_or_folder);
  }
  const auto single = file_or_folder / "model.safetensors";
  const auto index = file_or_folder / kShardIndexFile;
  if (std::filesystem::exists(single, ignored)) {
    return open_single(single);
  }
  if (std::filesystem::exists(index, ignored)) {
    return open_shards(index);
  }
  return tl::unexpected(no_weights_in(file_or_folder));
}

}  // namespace inferscale::model
