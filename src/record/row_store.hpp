#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/files.hpp"
#include "record/schedule.hpp"

namespace inferscale::record {

/// results/<label>/raw/<mode>.jsonl: append-only, one row a line, one write(2) and one fsync a row.
///
/// What survives what: after kill -9 or a power loss every row whose append() returned is there, and at most
/// one line is torn, at the end; open() cuts it off. A write that fails half way (full disk) is cut off at
/// once, so the file never holds a part of a row while this process lives.
class RowStore {
 public:
  /// Takes the folder's lock (two studies at once under one label are refused), cuts off torn last lines with
  /// a notice on stderr, and reads what is there. A corrupt line elsewhere is an error naming the file and
  /// the line.
  static Result<RowStore> open(const std::filesystem::path& folder);

  [[nodiscard]] bool has(const Repetition& repetition) const {
    return finished_.contains(identity(repetition));
  }
  /// Every row, in the order of the files; grows with append().
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  /// Durable when it returns. Refuses a second row for the same repetition.
  Result<void> append(const Row& row);

 private:
  RowStore(std::filesystem::path folder, FileLock lock)
      : folder_(std::move(folder)), lock_(std::move(lock)) {}
  Result<void> remember(Row row, const std::string& place);
  Result<void> recover(protocol::Mode mode);
  Result<int> descriptor(protocol::Mode mode);

  std::filesystem::path folder_;
  FileLock lock_;
  std::map<protocol::Mode, FileDescriptor> files_;
  std::unordered_set<std::string> finished_;
  std::vector<Row> rows_;
};

std::filesystem::path raw_file(const std::filesystem::path& folder, protocol::Mode mode);

/// The rows of a finished or running study, without its lock and without changing anything: for analysis and
/// report. A torn last line is left out.
Result<std::vector<Row>> read_rows(const std::filesystem::path& folder);

}  // namespace inferscale::record
