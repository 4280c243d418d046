#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "artifact/store.hpp"
#include "core/files.hpp"
#include "core/sha256.hpp"
#include "family/ladder.hpp"

namespace inferscale::test {

inline model::Model tiny_model() {
  return *model::resolve_model("tiny-gpt2");
}

inline onnx_graph::WrittenFile write_hashed(const std::filesystem::path& file, const std::string& content) {
  const auto written = write_file_atomic(file, content);
  EXPECT_TRUE(written) << written.error().message;
  return {file, content.size(), sha256_hex(content)};
}

/// A recipe that writes `content` and counts how often it was asked to.
struct CountedRecipe {
  int made = 0;
  std::string content = "what a maker writes";
  std::string data;  ///< of the file beside it; empty: none
  artifact::Recipe recipe;

  explicit CountedRecipe(const std::string& key = "one") {
    recipe.kind = "onnx";
    recipe.stem = "stem";
    recipe.extension = ".bin";
    recipe.key = Json{{"what", key}};
    recipe.details = Json{{"model", "tiny-gpt2"}};
    recipe.make = [this](const std::filesystem::path& file) -> Result<onnx_graph::ExportedGraph> {
      ++made;
      onnx_graph::ExportedGraph result;
      result.graph = write_hashed(file, content);
      if (!data.empty()) {
        result.external_data = write_hashed(file.string() + ".data", data);
      }
      return result;
    };
  }
  CountedRecipe(const CountedRecipe&) = delete;
  CountedRecipe& operator=(const CountedRecipe&) = delete;
  ~CountedRecipe() = default;
};

/// What a new process would get.
inline artifact::Artifact get(const std::filesystem::path& root, const CountedRecipe& counted) {
  artifact::ArtifactStore store(root);
  auto artifact = store.get_or_make(tiny_model(), counted.recipe);
  EXPECT_TRUE(artifact) << artifact.error().message;
  return artifact ? *artifact : artifact::Artifact{};
}

}  // namespace inferscale::test
