#include "tokenizer/pre_tokenizer.hpp"

#include <algorithm>

namespace inferscale::tokenizer {
/// A stretch of a piece that is being cut.
struct PreTokenizer::Part {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool is_match = false;
};

/// A match joins the piece before it, unless that one ends with a match too.
std::vector<PreTokenizer::Part> PreTokenizer::merge_with_previous(const std::vector<Part>& parts) {
  std::vector<Part> merged;
  bool previous_is_match = false;
  for (const Part& part : parts) {
    if (part.is_match && !previous_is_match && !merged.empty()) {
      merged.back().end = part.end;
    } else {
      merged.push_back(part);
    }
    previous_is_match = part.is_match;
  }
  return merged;
}

std::vector<PreTokenizer::Part> PreTokenizer::merge_with_next(const std::vector<Part>& parts) {
  std::vector<Part> merged;  // from the last one on
  bool next_is_match = false;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (part->is_match && !next_is_match && !merged.empty()) {
      merged.back().begin = part->begin;
    } else {
      merged.push_back(*part);
    }
    next_is_match = part->is_match;
  }
  std::reverse(merged.begin(), merged.end());
  return merged;
}

/// Neighbours that are both matches, or neither, are one piece.
std::vector<PreTokenizer::Part> PreTokenizer::merge_alike(const std::vector<Part>& parts) {
  std::vector<Part> merged;
  bool previous_is_match = false;
  for (const Part& part : parts) {
    if (part.is_match == previous_is_match && !merged.empty()) {
      merged.back().end = part.end;
    } else {
      merged.push_back(part);
    }
    previous_is_match = part.is_match;
  }
  return merged;
}

/// One text through the steps.
class PreTokenizer::Run {
 public:
  Run(const PreTokenizer& owner, PatternScratch& scratch, PieceSink& sink)
      : steps_(owner.steps_), scratch_(scratch), sink_(sink) {}

  void take(std::size_t step, const Piece& piece) {
    if (piece.text.empty()) {
      return;
    }
    if (step == steps_.size()) {
      sink_.take(piece);
    } else if (const auto* split = std::get_if<Split>(&steps_[step])) {
      cut(*split, step, piece);
    } else if (const auto* metaspace = std::get_if<Metaspace>(&steps_[step])) {
      mark_spaces(*metaspace, step, piece);
    } else {
      prepend_space(step, piece);
    }
  }

 private:
  void cut(const Split& split, std::size_t step, const Piece& piece) {
    if (split.behavior == Behavior::isolated || split.behavior == Behavior::removed) {
      const bool all = split.behavior == Behavior::isolated;
      split.pattern.for_each_part(piece.text, scratch_,
                                  [&](std::size_t begin, std::size_t end, bool is_match) {
                                    if (all || is_match == split.invert) {
                                      take(step + 1, piece.part(begin, end));
                                    }
                                  });
      return;
    }
    std::vector<Part> parts;
    split.pattern.for_each_part(piece.text, scratch_, [&](std::size_t begin, std::size_t end, bool is_match) {
      parts.push_back({begin, end, is_match != split.invert});
    });
    parts = split.behavior == Behavior::contiguous         ? merge_alike(parts)
            : split.behavior == Behavior::merged_with_next ? merge_with_next(parts)
                                                           : merge_with_previous(parts);
    for (const Part& part : parts) {
      take(step + 1, piece.part(part.begin, part.end));
    }
  }

  void mark_spaces(const Metaspace& metaspace, std::size_t step, const Piece& piece) {
    std::string marked;
    marked.reserve(piece.text.size() + piece.text.size() / 2 + metaspace.mark.size());
    using Scheme = Metaspace::Scheme;
    const bool may_prepend =
        metaspace.scheme == Scheme::always || (metaspace.scheme == Scheme::first && piece.starts_text);
    if (may_prepend && !piece.text.starts_with(' ') && !piece.text.starts_with(metaspace.mark)) {
      marked = metaspace.mark;
    }
    for (const char c : piece.text) {
      c == ' ' ? marked.append(metaspace.mark) : marked.append(1, c);
    }
    const Piece whole{marked, marked.size(), piece.starts_text};
    if (!metaspace.cuts) {
      take(step + 1, whole);
      return;
    }
    for (std::size_t begin = 0; begin < marked.size();) {
      const std::size_t end = std::min(marked.find(metaspace.mark, begin + 1), marked.size());
      take(step + 1, whole.part(begin, end));
      begin = end;
    }
  }

  void prepend_space(std::size_t step, const Piece& piece) {
    if (piece.text.starts_with(' ')) {
      take(step + 1, piece);
      return;
    }
    std::string longer(1, ' ');
    longer += piece.text;
    take(step + 1, Piece{longer, longer.size(), piece.starts_text});
  }

  const std::vector<Step>& steps_;
  PatternScratch& scratch_;
  PieceSink& sink_;
};

void PreTokenizer::cut(const Piece& text, PatternScratch& scratch, PieceSink& sink) const {
  Run(*this, scratch, sink).take(0, text);
}

}  // namespace inferscale::tokenizer
