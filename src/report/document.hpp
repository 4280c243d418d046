#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace inferscale::report {

// What a report says, without how it looks: sections build it, to_markdown() and to_html() render it, so that
// both files say the same. All text is plain; the writers escape it.

struct Span {
  enum class Style { plain, strong, code };
  Style style = Style::plain;
  std::string text;
};

/// A line of text in which some words stand out.
class Text {
 public:
  Text() = default;
  Text(std::string plain) { spans_.push_back({Span::Style::plain, std::move(plain)}); }  // NOLINT: by intent
  Text(const char* plain) : Text(std::string(plain)) {}                                  // NOLINT: by intent

  Text& plain(std::string text) { return add(Span::Style::plain, std::move(text)); }
  Text& strong(std::string text) { return add(Span::Style::strong, std::move(text)); }
  Text& code(std::string text) { return add(Span::Style::code, std::move(text)); }

  [[nodiscard]] const std::vector<Span>& spans() const { return spans_; }
  [[nodiscard]] std::string words() const;  ///< without styles

 private:
  Text& add(Span::Style style, std::string text) {
    spans_.push_back({style, std::move(text)});
    return *this;
  }
  std::vector<Span> spans_;
};

struct Heading {
  int level = 2;  ///< 1 once, 2 for sections (they make the page's contents), 3 inside them
  std::string text;
};

struct Paragraph {
  Text text;
  bool note = false;  ///< smaller: how to read what stands above or below
};

/// The answer: what the reader came for.
struct Answer {
  Text lead;  ///< the first sentence
  std::vector<Text> sentences;
};

struct List {
  std::vector<Text> items;
};

struct Column {
  std::string title;  ///< with its unit: "Latency, ms"
  bool numeric = false;
  std::string workload = {};  ///< the scenario that it is of, which a reader of the page can pick
};

/// The first cell of a row names the row.
struct Table {
  std::string caption;
  std::vector<Column> columns;
  std::vector<std::vector<Text>> rows;  ///< as many cells as columns
};

struct Figure {
  std::string file;  ///< relative to the report: "plots/throughput_prefill.svg"
  std::string svg;   ///< the file's text, for the page
  std::string alt;   ///< what it shows, for those who do not see it
  std::string caption;
};

/// Figures that stand side by side where there is room.
struct Gallery {
  enum class Layout { columns, wide, small };  ///< wide: those that answer; small: three in a row
  std::vector<Figure> figures;
  Layout layout = Layout::columns;
};

/// What a reader of the page can hide or pick, in every picture and table; a page without scripts has none.
/// Of several in a document all are shown where the first stands.
struct Controls {
  struct Series {
    std::string name, colour;  ///< colour: the class of its marks
  };
  std::vector<Series> series;
  std::vector<std::string> workloads;
};

struct Details;
using Block =
    std::variant<Heading, Paragraph, Answer, List, Table, Gallery, Controls, std::shared_ptr<Details>>;
using Blocks = std::vector<Block>;

/// Folded until asked for, and out of print.
struct Details {
  std::string summary;
  Blocks blocks;
};

Block details(std::string summary, Blocks blocks);
void append(Blocks& blocks, Blocks more);

struct Document {
  std::string title;
  Blocks blocks;
};

std::string to_markdown(const Document& document);
/// One page that loads nothing: style and plots are inside. Its one script is ours, named by its hash in the
/// page's policy, and only hides, sorts and filters what is there without it.
std::string to_html(const Document& document);

// Escaping, for tests and the plots.
std::string escape_html(std::string_view text);
/// Text inside a paragraph or a table cell: one line, with Markdown's and HTML's characters taken as they
/// are.
std::string escape_markdown(std::string_view text);

}  // namespace inferscale::report
