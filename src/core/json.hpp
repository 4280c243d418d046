#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace inferscale {

/// Keeps keys in the order they were written, so that files read as they were meant to.
using Json = nlohmann::ordered_json;

/// Parses strict JSON: duplicate keys and trailing text are errors. `place` (a file name, "plan", ...) leads
/// the message, which gives the byte offset.
Result<Json> parse_json(std::string_view text, std::string_view place);
Result<Json> read_json_file(const std::filesystem::path& file);

/// For objects of many thousand keys (vocabularies): Json finds keys by a linear search, so that reading n of
/// them costs n^2; these sort them instead. The same strictness and messages as parse_json.
using SortedJson = nlohmann::json;
Result<SortedJson> parse_sorted_json(std::string_view text, std::string_view place);

/// Compact, one line; bytes that are not UTF-8 become U+FFFD, so that no message of a runtime can break a
/// row.
std::string to_line(const Json& json);
/// Indented by two spaces, with a newline at the end.
std::string to_pretty(const Json& json);

/// Reads the fields of one JSON object with errors that name the field, and refuses unknown ones.
///
///   FieldReader fields(json, "plan.json: measure");
///   TRY(fields.read("warmup", plan.warmup));
///   TRY(fields.finish());
class FieldReader {
 public:
  FieldReader(const Json& object, std::string place);

  /// Leaves `value` as it is when the field is absent. Numbers out of the type's range are errors.
  Result<void> read(std::string_view name, bool& value);
  Result<void> read(std::string_view name, int& value);
  Result<void> read(std::string_view name, std::int64_t& value);
  Result<void> read(std::string_view name, std::uint64_t& value);
  Result<void> read(std::string_view name, double& value);  ///< finite numbers only
  Result<void> read(std::string_view name, std::string& value);
  Result<void> read(std::string_view name, std::vector<std::string>& value);
  Result<void> read(std::string_view name, std::vector<int>& value);

  /// The field's JSON, or nullptr when it is absent. Counts as known.
  const Json* find(std::string_view name);
  /// As read(), but the field must be there.
  template <class T>
  Result<void> require(std::string_view name, T& value) {
    if (find(name) == nullptr) {
      return fail("{}: field '{}' is missing", place_, name);
    }
    return read(name, value);
  }
  /// An error naming the first field that was neither read nor found.
  [[nodiscard]] Result<void> finish() const;
  /// What leads every error.
  [[nodiscard]] const std::string& place() const { return place_; }
  /// "plan.json: measure.warmup"
  [[nodiscard]] std::string place_of(std::string_view name) const;

 private:
  const Json& object_;
  std::string place_;
  std::vector<std::string> known_;
  template <class T, class Check>
  Result<void> read_as(std::string_view name, T& value, std::string_view expected, Check check);
};

}  // namespace inferscale
