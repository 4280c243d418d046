#include "model/folder_advice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "model/shard_index.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::model {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class FolderAdvice : public testing::Test {
 protected:
  void put(const std::string& name) { ASSERT_TRUE(write_file_atomic(folder_ / name, "x")); }

  std::string config() {
    const Error error = no_config_in(folder_.path());
    EXPECT_TRUE(error.usage);
    return error.message;
  }
  std::string weights() {
    const auto files = open_safetensors_files(folder_.path());
    EXPECT_FALSE(files);
    EXPECT_TRUE(files.error().usage);
    return files.error().message;
  }

  test::TemporaryFolder folder_;
};

TEST_F(FolderAdvice, AnEmptyFolder) {
  EXPECT_THAT(config(), HasSubstr("the folder is empty: a model is a folder in Hugging Face layout"));
}

TEST_F(FolderAdvice, AFolderOfAnythingElse) {
  put("notes.txt");
  EXPECT_THAT(config(), HasSubstr("no config.json: a model is a folder"));
}

TEST_F(FolderAdvice, WeightsWithoutConfig) {
  put("model.safetensors");
  EXPECT_THAT(config(), HasSubstr("put the config.json of the model beside its weights"));
}

TEST_F(FolderAdvice, ALoraAdapterIsMergedFirst) {
  put("adapter_config.json");
  put("adapter_model.safetensors");
  EXPECT_THAT(config(), AllOf(HasSubstr("LoRA adapter"), HasSubstr("merge_and_unload")));
  put("config.json");
  EXPECT_THAT(weights(), HasSubstr("merge_and_unload"));
}

TEST_F(FolderAdvice, AGgufFileIsConverted) {
  put("model-q4_0.gguf");
  EXPECT_THAT(config(),
              AllOf(HasSubstr("GGUF files (model-q4_0.gguf)"), HasSubstr("gguf_file='model-q4_0.gguf'")));
  put("config.json");
  EXPECT_THAT(weights(), HasSubstr("gguf_file="));
}

TEST_F(FolderAdvice, AFolderOfTheHubsCache) {
  put("snapshots/a/config.json");
  put("refs/main");
  EXPECT_THAT(config(), HasSubstr("the folder below its snapshots/"));
}

TEST_F(FolderAdvice, WeightsOfOtherFormats) {
  put("config.json");
  EXPECT_THAT(weights(), HasSubstr("no model.safetensors.index.json: download the weights too"));
  put("consolidated.safetensors");
  EXPECT_THAT(weights(), HasSubstr("consolidated.safetensors must have one of those names"));
  put("pytorch_model-00001-of-00002.bin");
  EXPECT_THAT(weights(),
              AllOf(HasSubstr("pytorch_model-00001-of-00002.bin is not read"), HasSubstr("save_pretrained")));
}

TEST_F(FolderAdvice, LinksThatLeadNowhere) {
  const auto link = [&](const std::string& name) {
    std::filesystem::create_symlink("../" + folder_.path().filename().string() + "/blobs/" + name,
                                    folder_ / name);
    return HasSubstr((folder_ / name).string() + ": this is a link that leads nowhere, there is no '" +
                     (folder_ / "blobs").string() + "/" + name + "'");
  };
  const auto no_config = link("config.json");
  EXPECT_THAT(config(), AllOf(no_config, HasSubstr("cp -rL")));
  const auto no_shard = link("a.safetensors");
  ASSERT_TRUE(write_file_atomic(folder_ / "model.safetensors.index.json",
                                R"({"weight_map": {"wte.weight": "a.safetensors"}})"));
  EXPECT_THAT(weights(), no_shard);
  std::filesystem::remove(folder_ / "model.safetensors.index.json");
  const auto no_index = link("model.safetensors.index.json");
  EXPECT_THAT(weights(), no_index);
  const auto no_weights = link("model.safetensors");
  EXPECT_THAT(weights(), no_weights);
}

}  // namespace
}  // namespace inferscale::model
