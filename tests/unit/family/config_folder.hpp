#pragma once

#include <gtest/gtest.h>

#include <string>

#include "family/families.hpp"
#include "support/temporary_folder.hpp"
#include "unit/model/safetensors_support.hpp"

namespace inferscale::family {

/// A folder with a config.json, which a test changes field by field.
class ConfigFolder : public testing::Test {
 protected:
  explicit ConfigFolder(Json json) : json_(std::move(json)) {}

  [[nodiscard]] Result<model::DecoderSpec> read() const {
    test::write_bytes(folder_ / "config.json", to_pretty(json_));
    return read_hugging_face_config(folder_ / "config.json");
  }
  [[nodiscard]] Result<model::DecoderSpec> read_with(const char* field, const Json& value) {
    const Json before = json_;
    json_[field] = value;
    auto spec = read();
    json_ = before;
    return spec;
  }
  /// The error; empty and a failed test where there is none.
  [[nodiscard]] std::string error_with(const char* field, const Json& value) {
    const auto spec = read_with(field, value);
    EXPECT_FALSE(spec) << field << " " << to_line(value);
    return spec ? std::string() : spec.error().message;
  }
  [[nodiscard]] std::string error_without(const char* field) {
    const Json before = json_;
    json_.erase(field);
    const auto spec = read();
    json_ = before;
    EXPECT_FALSE(spec) << field;
    return spec ? std::string() : spec.error().message;
  }

  test::TemporaryFolder folder_;
  Json json_;
};

}  // namespace inferscale::family
