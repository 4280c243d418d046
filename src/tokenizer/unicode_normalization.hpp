#pragma once

#include <string>
#include <string_view>

namespace inferscale::tokenizer {

/// The four forms of Unicode Standard Annex #15.
enum class NormalizationForm { nfc, nfd, nfkc, nfkd };

/// The text in that form, with the tables of Unicode 9, as in Hugging Face's tokenizers, whatever version
/// utf8proc has. `text` must be UTF-8.
std::string normalize(std::string_view text, NormalizationForm form);

}  // namespace inferscale::tokenizer
