#include "report/command_words.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "family/ladder.hpp"

namespace inferscale::report {
namespace {

/// "mine" of "runs/mine/".
std::string last_of(const std::string& path) {
  const std::filesystem::path plain = std::filesystem::path(path).lexically_normal();
  return (plain.has_filename() ? plain : plain.parent_path()).filename().string();
}

bool is_rung(const std::string& name) {
  const auto& ladder = family::ladder();
  return std::any_of(ladder.begin(), ladder.end(), [&](const auto& one) { return one.name == name; });
}

/// Whether an entry of a plan gives a model that name, as family::resolve_model() does. It asks no file
/// system, where the folder need not be.
bool gives_name(const std::string& entry, const std::string& model) {
  if (const auto shape = family::parse_model_name(entry)) {
    return shape->name == model;
  }
  const std::string last = last_of(entry);
  return (is_rung(last) ? last + "-trained" : last) == model || entry.starts_with(model + "=");
}

}  // namespace

std::string shell_word(std::string_view text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("-_./:=,+@%").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain) {
    return std::string(text);
  }
  std::string word = "'";
  for (const char c : text) {
    word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return word + "'";
}

std::string model_word(const Source& source, const std::string& model) {
  if (!source.plan) {
    return shell_word(model);
  }
  const auto& models = source.plan->models;
  const auto found = std::find_if(models.begin(), models.end(),
                                  [&](const std::string& entry) { return gives_name(entry, model); });
  return shell_word(found == models.end() ? model : *found);
}

std::string results_folder(const Source& source) {
  if (!source.plan || source.machine.empty()) {
    return "DIR";
  }
  return source.machine.find('/') == std::string::npos ? "results/" + source.machine : source.machine;
}

}  // namespace inferscale::report
