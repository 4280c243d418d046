#pragma once

#include <cstddef>
#include <string_view>

namespace inferscale::tokenizer {

/// A part of a text on its way to the model.
struct Piece {
  std::string_view text;
  std::size_t readable = 0;  ///< bytes from its start that may be read: at least its own
  bool starts_text = false;  ///< nothing of the whole text stands before it

  [[nodiscard]] Piece part(std::size_t begin, std::size_t end) const {
    return {text.substr(begin, end - begin), readable - begin, starts_text && begin == 0};
  }
};

/// Is given pieces one after another, none of them empty.
class PieceSink {
 public:
  PieceSink() = default;
  PieceSink(const PieceSink&) = delete;
  PieceSink& operator=(const PieceSink&) = delete;
  virtual void take(const Piece& piece) = 0;

 protected:
  ~PieceSink() = default;
};

}  // namespace inferscale::tokenizer
