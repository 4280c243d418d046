#include "report/document.hpp"

#include <iterator>

namespace inferscale::report {

std::string Text::words() const {
  std::string words;
  for (const Span& span : spans_) {
    words += span.text;
  }
  return words;
}

Block details(std::string summary, Blocks blocks) {
  return std::make_shared<Details>(Details{std::move(summary), std::move(blocks)});
}

void append(Blocks& blocks, Blocks more) {
  blocks.insert(blocks.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace inferscale::report
