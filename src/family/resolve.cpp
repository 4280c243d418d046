#include "family/resolve.hpp"

#include <algorithm>

#include "core/plain_text.hpp"
#include "core/usage.hpp"
#include "family/families.hpp"
#include "family/ladder.hpp"
#include "family/unknown_model.hpp"
#include "model/folder_advice.hpp"

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
  if (!std::filesystem::exists(given / "config.json", error)) {
    return tl::unexpected(no_config_in(given));
  }
  TRY_ASSIGN(model.config, as_usage(read_hugging_face_config(given / "config.json")));
  const std::string base = model.folder.filename().string();
  model.name = is_rung(base) ? base + "-trained" : base;
  model.config.name = model.name;
  return model;
}

/// "base=./runs/1": a name that results show, and the folder that it stands for. Empty for anything else.
std::string_view alias_of(std::string_view given) {
  const auto alias = given.substr(0, given.find('='));
  const bool plain = std::all_of(alias.begin(), alias.end(), is_name_character);
  return alias.size() == given.size() || !plain || alias.starts_with('.') ? std::string_view() : alias;
}

Result<Model> resolve_alias(std::string_view alias, std::string_view folder) {
  if (is_rung(alias)) {
    return fail_usage("model '{}={}': '{}' is a name of the ladder, give the folder another", alias, folder,
                      alias);
  }
  std::error_code ignored;
  if (!std::filesystem::is_directory(std::filesystem::path(folder), ignored)) {
    return fail_usage("model '{}={}': there is no folder '{}'", alias, folder, folder);
  }
  TRY_ASSIGN(Model model, resolve_folder(std::filesystem::path(folder)));
  model.name = model.config.name = std::string(alias);
  return model;
}

Error no_folder(const std::filesystem::path& file) {
  if (file.extension() == ".gguf") {
    return {fmt::format("model '{}' is a GGUF file, which is not read: {}", file.string(),
                        how_to_convert_gguf(file.parent_path().empty() ? "." : file.parent_path(),
                                            file.filename().string())),
            Outcome::error, true};
  }
  return {fmt::format("model '{}' is a file; give the folder that has config.json and model.safetensors",
                      file.string()),
          Outcome::error, true};
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
    return tl::unexpected(no_folder(path));
  }
  if (const auto alias = alias_of(name_or_folder); !alias.empty()) {
    return resolve_alias(alias, name_or_folder.substr(alias.size() + 1));
  }
  return tl::unexpected(unknown_model(name_or_folder));
}

}  // namespace inferscale::family
