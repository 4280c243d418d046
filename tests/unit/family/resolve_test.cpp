#include "family/resolve.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/files.hpp"
#include "family/ladder.hpp"
#include "model/model.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::model {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kConfig =
    R"({"model_type": "gpt2", "n_layer": 1, "n_embd": 4, "n_head": 2, "n_positions": 5, "vocab_size": 7})";

class ResolveModel : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(write_file_atomic(folder_ / "runs/1/checkpoint/config.json", kConfig));
    path_ = (folder_ / "runs/1/checkpoint").string();
  }
  /// All are usage errors.
  static std::string error(const std::string& given) {
    const auto model = resolve_model(given);
    EXPECT_FALSE(model) << given;
    EXPECT_TRUE(model || model.error().usage) << given;
    return model ? std::string() : model.error().message;
  }

  test::TemporaryFolder folder_;
  std::string path_;
};

TEST_F(ResolveModel, AnAliasIsTheFoldersName) {
  const auto model = resolve_model("base=" + path_);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->name, "base");
  EXPECT_EQ(model->config.name, "base");
  EXPECT_EQ(model->folder, std::filesystem::canonical(path_));
  EXPECT_EQ(resolve_model(path_)->name, "checkpoint");
}

TEST_F(ResolveModel, AFolderWithAnEqualsSignIsAFolder) {
  ASSERT_TRUE(write_file_atomic(folder_ / "lr=3/config.json", kConfig));
  EXPECT_EQ(resolve_model((folder_ / "lr=3").string())->name, "lr=3");
}

TEST_F(ResolveModel, WrongAliasesSayWhy) {
  EXPECT_THAT(error("gpt2=" + path_), HasSubstr("'gpt2' is a name of the ladder"));
  EXPECT_THAT(error("base=./nowhere"), HasSubstr("there is no folder './nowhere'"));
  EXPECT_THAT(error("base="), HasSubstr("there is no folder ''"));
}

TEST_F(ResolveModel, AliasesAndShapesStandInOneList) {
  EXPECT_THAT(split_model_names("gpt2:layers=1,hidden=2,heads=1,base=./runs/1,gpt2,b=c"),
              ElementsAre("gpt2:layers=1,hidden=2,heads=1", "base=./runs/1", "gpt2", "b=c"));
}

TEST_F(ResolveModel, HubNamesSayHowToDownload) {
  EXPECT_THAT(error("openai-community/gpt2"),
              AllOf(HasSubstr("hf download openai-community/gpt2 --local-dir gpt2, and give ./gpt2"),
                    Not(HasSubstr("did you mean"))));
  EXPECT_THAT(error("distilgpt2"), HasSubstr("hf download NAME --local-dir DIR"));
  EXPECT_THAT(error("gpt2-xl"), Not(HasSubstr("did you mean")));
}

TEST_F(ResolveModel, PathsGetNoGuess) {
  for (const char* path : {"./my-gpt2", "../gpt2-5", "/nowhere/gpt2-5", "~/gpt2", "gpt2-5/", "a/b/gpt2-5"}) {
    EXPECT_THAT(error(path), AllOf(HasSubstr("there is no folder"), Not(HasSubstr("did you mean")))) << path;
  }
}

TEST_F(ResolveModel, FilesAreNoFolders) {
  ASSERT_TRUE(write_file_atomic(folder_ / "a.gguf", "GGUF"));
  EXPECT_THAT(error((folder_ / "a.gguf").string()),
              AllOf(HasSubstr("is a GGUF file"), HasSubstr("gguf_file='a.gguf'")));
  EXPECT_THAT(error((folder_ / "runs/1/checkpoint/config.json").string()),
              HasSubstr("is a file; give the folder"));
}

TEST_F(ResolveModel, AFifoInPlaceOfConfigIsRefused) {
  std::filesystem::create_directory(folder_ / "fifo");
  ASSERT_EQ(::mkfifo((folder_ / "fifo/config.json").c_str(), 0600), 0);
  EXPECT_THAT(error((folder_ / "fifo").string()), HasSubstr("config.json': it is a FIFO"));
}

TEST_F(ResolveModel, AnotherFamilyIsNamed) {
  ASSERT_TRUE(write_file_atomic(folder_ / "other/config.json", R"({"model_type": "mamba"})"));
  EXPECT_THAT(error((folder_ / "other").string()),
              AllOf(HasSubstr("model_type is \"mamba\", but only gpt2"), HasSubstr("supported")));
}

TEST_F(ResolveModel, WeightsFromASeedAreRandom) {
  EXPECT_EQ(weights_origin(*resolve_model("tiny-gpt2")), "random");
  const auto model = *resolve_model(path_);
  EXPECT_EQ(weights_origin(model), "trained");
  ASSERT_TRUE(write_seeded_weights(model.config, 9, path_ + "/model.safetensors"));
  EXPECT_EQ(weights_origin(model), "random");
  const auto source = WeightSource::open(path_, model.config);
  ASSERT_TRUE(write_weights_f32(*source, path_ + "/again/model.safetensors"));
  std::filesystem::rename(path_ + "/again/model.safetensors", path_ + "/model.safetensors");
  EXPECT_EQ(weights_origin(model), "trained");  // nothing in the file says otherwise
}

TEST_F(ResolveModel, WrongWeightsAreTheCallers) {
  const auto model = *resolve_model(path_);
  EXPECT_TRUE(open_weights(model).error().usage);
  ASSERT_TRUE(write_file_atomic(path_ + "/model.safetensors", "version https://git-lfs.example/spec/v1\n"));
  EXPECT_THAT(open_weights(model).error().message, HasSubstr("model.safetensors: a Git LFS pointer"));
  EXPECT_TRUE(open_weights(model).error().usage);
}

}  // namespace
}  // namespace inferscale::model
