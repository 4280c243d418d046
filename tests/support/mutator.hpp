#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace inferscale::test {

/// Breaks JSON text at one to four places: bytes changed, cut out, repeated, and what parsers dislike put in.
/// The same breaks in every run with the same seed.
class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::string operator()(std::string text) {
    for (auto count = below(4) + 1; count > 0 && !text.empty(); --count) {
      mutate(text);
    }
    return text;
  }

 private:
  std::mt19937 random_;

  std::size_t below(std::size_t bound) { return random_() % bound; }
  void mutate(std::string& text) {
    static const std::vector<std::string> tokens{"{",
                                                 "}",
                                                 "[",
                                                 "]",
                                                 "\"",
                                                 ":",
                                                 ",",
                                                 "null",
                                                 "true",
                                                 "-1",
                                                 "0",
                                                 "1e999",
                                                 "-0",
                                                 "99999999999999999999",
                                                 "0.5",
                                                 "\\u0000",
                                                 "\\ud800",
                                                 "\xff",
                                                 "\n",
                                                 "\x1f",
                                                 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
                                                 "\"models\":[],",
                                                 "{}"};
    const auto at = below(text.size());
    switch (below(5)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.erase(at, below(20) + 1);
        break;
      case 2:
        text.insert(at, tokens[below(tokens.size())]);
        break;
      case 3:
        text.replace(at, std::min<std::size_t>(text.size() - at, below(6) + 1), tokens[below(tokens.size())]);
        break;
      default:
        text.insert(at, text.substr(below(text.size()), below(60)));
    }
  }
};

}  // namespace inferscale::test
