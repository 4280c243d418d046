#include "family/resolve.hpp"

#include <algorithm>

#include "family/families.hpp"
#include "family/ladder.hpp"

namespace inferscale::family {

using namespace model;

namespace {

bool is_rung(std::string_view name) {
  return std::any_of(ladder().begin(), ladder().end(), [&](const DecoderSpec& c) { return c.name == name; });
}

Result<Model> resolve_folder(const std::filesystem::path& given) {
  std::error_code error;
  Model model;
  model.folder = std::filesystem::canonical(given, error);
  if (error) {
    return fail_usage("cannot open model folder '{}': {}", given.string(), error.message());
  }
  TRY_ASSIGN(model.config, read_hugging_face_config(given / "config.json"));
  const std::string base = model.folder.filename().string();
  model.name = is_rung(base) ? base + "-trained" : base;
  model.config.name = model.name;
  return model;
}

}  // namespace

Result<Model> resolve_model(std::string_view name_or_folder) {
  std::error_code ignored;
  const std::filesystem::path path{name_or_folder};
  if (auto config = parse_model_name(name_or_folder)) {
    return Model{config->name, *config, {}};
  } else if (is_shape_name(name_or_folder)) {
    return tl::unexpected(config.error());
  }
  if (std::filesystem::is_directory(path, ignored)) {
    return resolve_folder(path);
  }
  if (std::filesystem::exists(path, ignored)) {
    return fail_usage("model '{}' is a file; give the folder that has config.json and model.safetensors",
                      name_or_folder);
  }
  return fail_usage("unknown model '{}': neither a name of the ladder nor a folder{}", name_or_folder,
                    ladder_hint(name_or_folder));
}

}  // namespace inferscale::family
