#include "family/unknown_model.hpp"

#include <algorithm>
#include <cctype>

#include "family/ladder.hpp"

namespace inferscale::family {
namespace {

bool is_path(std::string_view given) {
  return given.starts_with('/') || given.starts_with('.') || given.starts_with('~') || given.ends_with('/') ||
         std::count(given.begin(), given.end(), '/') > 1;
}

/// "openai-community/gpt2": OWNER/NAME, of letters, digits, '-', '_' and '.'.
bool is_hub_name(std::string_view given) {
  const auto slash = given.find('/');
  return slash != std::string_view::npos && slash > 0 && slash + 1 < given.size() &&
         std::all_of(given.begin(), given.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '/' || c == '-' || c == '_' || c == '.';
         });
}

}  // namespace

Error unknown_model(std::string_view given) {
  std::string message;
  if (is_path(given)) {
    message = fmt::format(
        "there is no folder '{}': give a folder in Hugging Face layout (docs/reference/models.md), or a name "
        "that "
        "'inferscale models' lists",
        given);
  } else if (is_hub_name(given)) {
    const auto name = given.substr(given.find('/') + 1);
    message = fmt::format(
        "there is no folder '{}'; if this is a model of the Hugging Face Hub, download it with: hf download "
        "{} "
        "--local-dir {}, and give ./{}",
        given, given, name, name);
  } else {
    message = fmt::format(
        "unknown model '{}': neither a name of the ladder nor a folder{}; a model of the Hugging Face Hub is "
        "downloaded first: hf download NAME --local-dir DIR",
        given, ladder_hint(given));
  }
  return {std::move(message), Outcome::error, true};
}

}  // namespace inferscale::family
