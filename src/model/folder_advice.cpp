#include "model/folder_advice.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace inferscale::model {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLayout =
    "a model is a folder in Hugging Face layout, with config.json and model.safetensors";

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool holds(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The first name that ends so; empty where none does.
std::string ending_in(const std::vector<std::string>& names, std::string_view end) {
  const auto found =
      std::find_if(names.begin(), names.end(), [&](const std::string& name) { return name.ends_with(end); });
  return found == names.end() ? std::string() : *found;
}

/// Weights in a format of Python's pickle, which can run code; transformers writes them again.
std::string pickled_in(const std::vector<std::string>& names) {
  for (const std::string_view end : {".bin", ".bin.index.json", ".pth", ".pt"}) {
    if (const auto name = ending_in(names, end);
        !name.empty() &&
        (end.ends_with(".pth") || end.ends_with(".pt") || name.starts_with("pytorch_model"))) {
      return name;
    }
  }
  return {};
}

Error usage(std::string message) {
  return {std::move(message), Outcome::error, true};
}

/// What the folder is instead of a model; nothing where that cannot be told.
std::optional<Error> something_else(const fs::path& folder, const std::vector<std::string>& names) {
  const std::string place = folder.string();
  if (names.empty()) {
    return usage(fmt::format("{}: the folder is empty: {}", place, kLayout));
  }
  if (holds(names, "adapter_config.json")) {
    return usage(
        fmt::format("{}: this is a LoRA adapter, and not a model: merge it into its base with peft "
                    "(AutoPeftModelForCausalLM.from_pretrained('{}').merge_and_unload().save_pretrained("
                    "'merged')), and give ./merged",
                    place, place));
  }
  if (const auto gguf = ending_in(names, ".gguf"); !gguf.empty()) {
    return usage(
        fmt::format("{}: GGUF files ({}) are not read: {}", place, gguf, how_to_convert_gguf(folder, gguf)));
  }
  if (holds(names, "snapshots") && holds(names, "refs")) {
    return usage(fmt::format(
        "{}: this is a folder of the Hugging Face Hub's cache: give the folder below its snapshots/", place));
  }
  return std::nullopt;
}

/// The first of these that is a link to nothing.
std::optional<Error> dangling_in(const fs::path& folder, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (auto nowhere = leads_nowhere(folder / name)) {
      return nowhere;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> leads_nowhere(const fs::path& file) {
  std::error_code error;
  if (!fs::is_symlink(file, error) || fs::status(file, error).type() != fs::file_type::not_found) {
    return std::nullopt;
  }
  const fs::path target = file.parent_path() / fs::read_symlink(file, error);  // an absolute one stays
  return usage(
      fmt::format("{}: this is a link that leads nowhere, there is no '{}': copy what it leads to as well "
                  "(cp -rL follows the links of the Hugging Face Hub's cache)",
                  file.string(), target.lexically_normal().string()));
}

std::string how_to_convert_gguf(const fs::path& folder, const std::string& file) {
  return fmt::format(
      "give the folder that it was made from, or convert it with transformers "
      "(AutoModelForCausalLM.from_pretrained('{}', gguf_file='{}').save_pretrained('converted'), and the "
      "same with AutoTokenizer), and give ./converted",
      folder.string(), file);
}

Error no_config_in(const fs::path& folder) {
  if (auto nowhere = dangling_in(folder, {"config.json"})) {
    return *std::move(nowhere);
  }
  const auto names = names_in(folder);
  if (auto other = something_else(folder, names)) {
    return *std::move(other);
  }
  const bool weights = !ending_in(names, ".safetensors").empty() || !pickled_in(names).empty();
  return usage(fmt::format("{}: no config.json: {}", folder.string(),
                           weights ? "put the config.json of the model beside its weights" : kLayout));
}

Error no_weights_in(const fs::path& folder) {
  if (auto nowhere = dangling_in(folder, {"model.safetensors", "model.safetensors.index.json"})) {
    return *std::move(nowhere);
  }
  const auto names = names_in(folder);
  if (auto other = something_else(folder, names)) {
    return *std::move(other);
  }
  const std::string missing =
      fmt::format("{}: no model.safetensors and no model.safetensors.index.json", folder.string());
  if (const auto pickled = pickled_in(names); !pickled.empty()) {
    return usage(
        fmt::format("{}; {} is not read, save the model again with transformers "
                    "(AutoModelForCausalLM.from_pretrained('{}').save_pretrained('{}'))",
                    missing, pickled, folder.string(), folder.string()));
  }
  if (const auto other = ending_in(names, ".safetensors"); !other.empty()) {
    return usage(fmt::format("{}: {} must have one of those names", missing, other));
  }
  return usage(missing + ": download the weights too");
}

}  // namespace inferscale::model
