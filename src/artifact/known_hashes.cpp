#include "artifact/known_hashes.hpp"

#include <algorithm>
#include <ctime>

#include "core/files.hpp"
#include "core/json.hpp"
#include "core/sha256.hpp"

namespace inferscale::artifact {
namespace {

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now);
}

}  // namespace

std::filesystem::path KnownHashes::entry_of(const FileStamp& stamp) const {
  return folder_ / fmt::format("{}-{}.json", stamp.device, stamp.inode);
}

std::optional<FileFacts> KnownHashes::find(const std::filesystem::path& file) const try {
  const FileStamp stamp = stamp_of(file);
  if (stamp == FileStamp{} || stamp.bytes < rules_.least_bytes) {
    return std::nullopt;
  }
  const auto entry = read_json_file(entry_of(stamp));
  if (!entry || !entry->is_object() || entry->value("bytes", std::uint64_t{0}) != stamp.bytes ||
      entry->value("modified_ns", std::int64_t{0}) != stamp.modified_ns ||
      entry->value("changed_ns", std::int64_t{0}) != stamp.changed_ns) {
    return std::nullopt;
  }
  return FileFacts{entry->at("sha256").get<std::string>(), entry->value("finite", false)};
} catch (const Json::exception&) {
  return std::nullopt;
}

Result<std::string> KnownHashes::sha256(const std::filesystem::path& file) const {
  TRY_ASSIGN(const FileFacts facts, find_or_read(file, [&]() -> Result<FileFacts> {
               TRY_ASSIGN(std::string hash, sha256_file(file));
               return FileFacts{std::move(hash), false};
             }));
  return facts.sha256;
}

bool KnownHashes::is_settled(const FileStamp& stamp) const {
  return now_ns() - std::max(stamp.modified_ns, stamp.changed_ns) >=
         std::chrono::nanoseconds(rules_.settled).count();
}

void KnownHashes::carry(const std::filesystem::path& file, const std::optional<FileFacts>& known,
                        const FileStamp& before) const {
  FileStamp after = stamp_of(file);
  const FileStamp stamp = after;
  after.changed_ns = before.changed_ns;
  if (known && after == before) {
    write(file, *known, stamp);
  }
}

/// A memory that cannot be written is none: the next process reads the file again.
void KnownHashes::write(const std::filesystem::path& file, const FileFacts& facts,
                        const FileStamp& stamp) const {
  if (stamp == FileStamp{} || stamp.bytes < rules_.least_bytes) {
    return;
  }
  const Json entry{
      {"file", file.string()},          {"bytes", stamp.bytes},   {"modified_ns", stamp.modified_ns},
      {"changed_ns", stamp.changed_ns}, {"sha256", facts.sha256}, {"finite", facts.finite}};
  static_cast<void>(write_file_atomic(entry_of(stamp), to_pretty(entry)));
}

}  // namespace inferscale::artifact
