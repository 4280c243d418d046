#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "analysis/dataset.hpp"
#include "core/files.hpp"
#include "record/row_reader.hpp"

namespace inferscale::analysis {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunkBytes = 1 << 20;
constexpr std::size_t kMaxLineBytes = 16 << 20;  // a row is below 2 kB; more is another kind of file

/// The lines of a file, one chunk of text in memory at a time.
class LineReader {
 public:
  static Result<LineReader> open(const fs::path& file) {
    FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) {
      return fail("cannot read '{}': {}", file.string(), errno_message(errno));
    }
    return LineReader(std::move(fd), file.string());
  }

  struct Line {
    std::string_view text;   ///< valid until the next call
    bool terminated = true;  ///< ended by a newline
  };
  /// nullopt at the end of the file.
  Result<std::optional<Line>> next() {
    while (true) {
      const char* start = buffer_.data() + begin_;
      if (const void* newline = std::memchr(start + searched_, '\n', end_ - begin_ - searched_)) {
        const auto length = static_cast<std::size_t>(static_cast<const char*>(newline) - start);
        begin_ += length + 1;
        searched_ = 0;
        ++number_;
        return Line{{start, length}, true};
      }
      searched_ = end_ - begin_;
      if (at_end_) {
        if (searched_ == 0) {
          return std::nullopt;
        }
        begin_ = end_;
        searched_ = 0;
        ++number_;
        return Line{{start, end_ - static_cast<std::size_t>(start - buffer_.data())}, false};
      }
      TRY(fill());
    }
  }
  [[nodiscard]] int number() const { return number_; }  ///< of the line last given, from 1

 private:
  LineReader(FileDescriptor fd, std::string name)
      : fd_(std::move(fd)), name_(std::move(name)), buffer_(kChunkBytes) {}

  Result<void> fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (end_ == buffer_.size()) {
      if (buffer_.size() >= kMaxLineBytes) {
        return fail("{} line {}: longer than {} MiB; this is no file of rows", name_, number_ + 1,
                    kMaxLineBytes >> 20);
      }
      buffer_.resize(2 * buffer_.size());
    }
    const ssize_t got = ::read(fd_.get(), buffer_.data() + end_, buffer_.size() - end_);
    if (got < 0 && errno != EINTR) {
      return fail("cannot read '{}': {}", name_, errno_message(errno));
    }
    at_end_ = got == 0;
    end_ += static_cast<std::size_t>(std::max<ssize_t>(0, got));
    return {};
  }

  FileDescriptor fd_;
  std::string name_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  ///< of the text not yet given
  std::size_t searched_ = 0;         ///< bytes after begin_ without a newline
  bool at_end_ = false;
  int number_ = 0;
};

bool blank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// The slow way, for the lines that are not plainly rows: it has the messages.
Result<void> add_slowly(const LineReader::Line& line, const std::string& place, DatasetBuilder& builder) {
  const auto json = parse_json(line.text, place);
  if (!json && !line.terminated) {
    builder.add_notice(
        fmt::format("{}: the last line is torn (the run was cut off while writing); it is left out", place));
    return {};
  }
  if (!json) {
    return fail("{}; remove the line, or restore the file", json.error().message);
  }
  TRY_ASSIGN(const record::Row row, record::parse_row(*json, place));
  return builder.add(row, place);
}

}  // namespace

Result<void> load_rows(const fs::path& file, const std::string& name, DatasetBuilder& builder) {
  TRY_ASSIGN(auto reader, LineReader::open(file));
  record::RowReader rows(record::FreeJson::what_counts);
  while (true) {
    TRY_ASSIGN(const auto line, reader.next());
    if (!line) {
      return {};
    }
    // The place is text for an error; making it costs more than the reading, so it is made only if there is
    // one.
    const auto place = [&] { return fmt::format("{} line {}", name, reader.number()); };
    if (const record::Row* row = rows.read_plain(line->text)) {
      if (!builder.add(*row, name)) {
        return builder.add(*row, place());
      }
    } else if (!blank(line->text)) {
      TRY(add_slowly(*line, place(), builder));
    }
  }
}

}  // namespace inferscale::analysis
