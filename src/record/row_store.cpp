#include "record/row_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/log.hpp"
#include "protocol/modes/descriptor.hpp"
#include "record/row_reader.hpp"

namespace inferscale::record {

using namespace protocol;

namespace {

/// A raw file's rows; text after the last newline is not a row yet.
struct RawFile {
  std::vector<Row> rows;
  std::size_t whole_bytes = 0;  ///< up to and with the last newline
  std::size_t torn_bytes = 0;   ///< after it
};

Result<RawFile> read_raw(const std::filesystem::path& file, Mode mode) {
  RawFile raw;
  if (!std::filesystem::exists(file)) {
    return raw;
  }
  TRY_ASSIGN(const std::string text, read_file(file));
  RowReader reader;
  int line_number = 0;
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    const auto place = fmt::format("{} line {}", file.string(), ++line_number);
    TRY_ASSIGN(Row row, reader.read(std::string_view(text).substr(begin, end - begin), place));
    if (row.mode != mode) {
      return fail("{}: a row of mode {} does not belong into this file", place, to_string(row.mode));
    }
    raw.rows.push_back(std::move(row));
    begin = end + 1;
  }
  raw.whole_bytes = begin;
  raw.torn_bytes = text.size() - begin;
  return raw;
}

/// A new file's name must survive a power loss as well as its content.
void fsync_folder(const std::filesystem::path& folder) {
  if (const FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); fd.valid()) {
    ::fsync(fd.get());  // some file systems cannot; then there is nothing more to do
  }
}

}  // namespace

std::filesystem::path raw_file(const std::filesystem::path& folder, Mode mode) {
  return folder / "raw" / fmt::format("{}.jsonl", to_string(mode));
}

Result<std::vector<Row>> read_rows(const std::filesystem::path& folder) {
  std::vector<Row> rows;
  for (const ModeDescriptor* mode : modes()) {
    TRY_ASSIGN(RawFile raw, read_raw(raw_file(folder, mode->id), mode->id));
    rows.insert(rows.end(), std::make_move_iterator(raw.rows.begin()),
                std::make_move_iterator(raw.rows.end()));
  }
  if (rows.empty()) {
    return fail("'{}' holds no rows; a study writes them to raw/<mode>.jsonl there", folder.string());
  }
  return rows;
}

Result<RowStore> RowStore::open(const std::filesystem::path& folder) {
  TRY(make_folders(folder / "raw"));
  auto lock = FileLock::try_acquire(folder / ".lock");
  if (!lock) {
    return tl::unexpected(lock.error());
  }
  if (!*lock) {
    return fail("another study is writing to '{}': wait for it, or give another --label", folder.string());
  }
  RowStore store(folder, std::move(**lock));
  for (const ModeDescriptor* mode : modes()) {
    TRY(store.recover(mode->id));
  }
  return store;
}

Result<void> RowStore::recover(Mode mode) {
  const auto file = raw_file(folder_, mode);
  TRY_ASSIGN(RawFile raw, read_raw(file, mode));
  if (raw.torn_bytes > 0) {
    if (::truncate(file.c_str(), static_cast<off_t>(raw.whole_bytes)) != 0) {
      return fail("cannot cut the torn last line off '{}': {}", file.string(), errno_message(errno));
    }
    log_info(
        "{}: dropped a torn last line ({} bytes) that an interrupted run left; its repetition is measured "
        "again",
        file.string(), raw.torn_bytes);
  }
  int line_number = 0;
  for (auto& row : raw.rows) {
    TRY(remember(std::move(row), fmt::format("{} line {}", file.string(), ++line_number)));
  }
  return {};
}

Result<void> RowStore::remember(Row row, const std::string& place) {
  if (!finished_.insert(identity(row)).second) {
    return fail("{}: a second row for {} {} {} {} #{}", place, row.model, name_in_plan(row),
                row.scenario.name, to_string(row.mode), row.repetition + 1);
  }
  rows_.push_back(std::move(row));
  return {};
}

Result<int> RowStore::descriptor(Mode mode) {
  auto& file = files_[mode];
  if (!file.valid()) {
    const auto path = raw_file(folder_, mode);
    file = FileDescriptor(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
    if (!file.valid()) {
      return fail("cannot write '{}': {}", path.string(), errno_message(errno));
    }
    fsync_folder(path.parent_path());
  }
  return file.get();
}

Result<void> RowStore::append(const Row& row) {
  TRY_ASSIGN(const int fd, descriptor(row.mode));
  const auto name = fmt::format("'{}'", raw_file(folder_, row.mode).string());
  if (finished_.contains(identity(row))) {
    return fail("{}: a second row for {} {} {} #{}", name, row.model, name_in_plan(row), row.scenario.name,
                row.repetition + 1);
  }
  struct stat before{};
  if (::fstat(fd, &before) != 0) {
    return fail("cannot write {}: {}", name, errno_message(errno));
  }
  auto written = write_all(fd, to_line(to_json(row)) + "\n", name);
  if (written && ::fsync(fd) != 0) {
    written = fail("cannot write {}: {}", name, errno_message(errno));
  }
  if (!written) {
    // What a full disk took of the line goes again; were that to fail too, the next open() drops it.
    [[maybe_unused]] const int ignored = ::ftruncate(fd, before.st_size);
    return fail("{}; the {} finished rows are kept: make room and run the same command again to resume",
                written.error().message, rows_.size());
  }
  return remember(row, name);
}

}  // namespace inferscale::record
