#include "tokenizer/normalizer.hpp"

#include <algorithm>
#include <array>

namespace inferscale::tokenizer {
namespace {

constexpr std::array<std::pair<std::string_view, NormalizationForm>, 4> kForms{
    {{"NFC", NormalizationForm::nfc},
     {"NFD", NormalizationForm::nfd},
     {"NFKC", NormalizationForm::nfkc},
     {"NFKD", NormalizationForm::nfkd}}};

}  // namespace

Result<Normalizer> Normalizer::read(const SortedJson& json, const std::string& place) {
  TRY_ASSIGN(const auto parts, parts_of(json, "normalizers", place));
  Normalizer normalizer;
  for (const SortedJson* part : parts) {
    const std::string type = type_of(*part);
    const auto* form =
        std::find_if(kForms.begin(), kForms.end(), [&](const auto& f) { return f.first == type; });
    if (form != kForms.end()) {
      normalizer.steps_.emplace_back(form->second);
    } else if (type == "Replace") {
      TRY_ASSIGN(TextPattern pattern, TextPattern::read(member(*part, "pattern"), place + ": Replace"));
      TRY_ASSIGN(std::string content, read_text(*part, "content", place + ": Replace"));
      normalizer.steps_.emplace_back(Replace{std::move(pattern), std::move(content)});
    } else if (type == "Prepend") {
      TRY_ASSIGN(std::string content, read_text(*part, "prepend", place + ": Prepend"));
      normalizer.steps_.emplace_back(Prepend{std::move(content)});
    } else {
      return fail_unknown_part(place, type, "normalizer",
                               "NFC, NFD, NFKC, NFKD, Replace, Prepend and Sequence");
    }
  }
  return normalizer;
}

std::string Normalizer::apply(std::string_view text, PatternScratch& scratch) const {
  std::string changed(text);
  for (const Step& step : steps_) {
    if (const auto* form = std::get_if<NormalizationForm>(&step)) {
      changed = normalize(changed, *form);
    } else if (const auto* replace = std::get_if<Replace>(&step)) {
      changed = replace->pattern.replace(changed, replace->content, scratch);
    } else if (const auto* prepend = std::get_if<Prepend>(&step); prepend != nullptr && !changed.empty()) {
      changed.insert(0, prepend->content);
    }
  }
  return changed;
}

}  // namespace inferscale::tokenizer
