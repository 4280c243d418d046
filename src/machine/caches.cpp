#include "machine/caches.hpp"

#include <charconv>
#include <fstream>
#include <string>

namespace inferscale::machine {
namespace {

std::string first_word(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string word;
  in >> word;
  return word;
}

/// "32K", as the kernel writes sizes; 0 for anything else.
std::uint64_t bytes_of(const std::string& size) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), number);
  const std::string unit = error == std::errc{} ? std::string(end) : "?";
  return unit == "K" ? number << 10U : unit == "M" ? number << 20U : unit.empty() ? number : 0;
}

}  // namespace

Caches read_caches(const std::filesystem::path& folder) {
  Caches caches;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string level = first_word(entry->path() / "level");
    const std::string type = first_word(entry->path() / "type");
    if (type != "Data" && type != "Unified") {
      continue;
    }
    const std::uint64_t bytes = bytes_of(first_word(entry->path() / "size"));
    if (level == "1") {
      caches.l1d = bytes;
    } else if (level == "2") {
      caches.l2 = bytes;
    } else if (level == "3") {
      caches.l3 = bytes;
    }
  }
  return caches;
}

Json to_json(const Caches& caches) {
  Json json = Json::object();
  const auto add = [&](const char* field, std::uint64_t bytes) {
    if (bytes > 0) {
      json[field] = bytes;
    }
  };
  add("l1d_bytes", caches.l1d);
  add("l2_bytes", caches.l2);
  add("l3_bytes", caches.l3);
  return json;
}

}  // namespace inferscale::machine
