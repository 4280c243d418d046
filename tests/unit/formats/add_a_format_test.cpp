// A format that only this program has, made as docs/how-to/extend/add-a-format.md says. Nothing else of the
// tree names it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "artifact/recipes/format.hpp"
#include "artifact/used_files.hpp"
#include "core/files.hpp"
#include "core/sha256.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::artifact {

using protocol::Need;

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The recipe: a text that says of which weights it was made, at which precision.

constexpr int kInventoryVersion = 1;

Result<std::vector<Need>> inputs_of_inventory(const Need& /*need*/, const Order& /*order*/) {
  return std::vector<Need>{{"safetensors"}};
}

Result<MadeFile> make_inventory(const Need& need, const Order& order, const InputFiles& inputs) {
  MadeFile made;
  if (need.precision != "fp32" && need.precision != "fp16") {
    made.not_made = Error{fmt::format("this inferscale cannot make what {} loads: an inventory at {}",
                                      order.request.backend.name, need.precision),
                          Outcome::unsupported};
    return made;
  }
  const Artifact& weights = inputs.at("safetensors");
  Recipe recipe;
  recipe.kind = "inventory";
  recipe.stem = need.precision;
  recipe.extension = ".inventory";
  recipe.key = Json{{"inventory_version", kInventoryVersion},
                    {"weights_sha256", weights.sha256},
                    {"precision", need.precision}};
  recipe.details = Json{{"model", order.model.name}, {"weights_file", weights.path.filename().string()}};
  recipe.make = [&](const std::filesystem::path& file) -> Result<Made> {
    const std::string text = fmt::format("{} at {}\n", weights.sha256, need.precision);
    TRY(write_file_atomic(file, text));
    Made written;
    written.file.file = file;
    written.file.bytes = text.size();
    TRY_ASSIGN(written.file.sha256, sha256_file(file));
    return written;
  };
  TRY_ASSIGN(made.artifact, order.store.get_or_make(order.model, recipe));
  return made;
}

constexpr Format kInventoryFormat{"inventory", inputs_of_inventory, make_inventory};

/// The line of the list, before any test reads it.
const bool kAdded = [] {
  add_format_for_test(kInventoryFormat);
  return true;
}();

// The program, which knows nothing of it.

class AddedFormat : public ::testing::Test {
 protected:
  ModelFiles make(std::vector<Need> needs, std::uint64_t seed = 118) {
    FilesRequest request;
    request.backend = {"smith", "cpu", "fp32", "none", "fp32", ""};
    request.backend.needs = std::move(needs);
    request.seed = seed;
    ArtifactStore store(folder_.path());  // a fresh one each time, as in a fresh process
    auto files = make_model_files(model_, request, store);
    EXPECT_TRUE(files) << files.error().message;
    return files ? std::move(*files) : ModelFiles{};
  }

  test::TemporaryFolder folder_;
  model::Model model_ = *model::resolve_model("gpt2:layers=1,hidden=4,heads=2,vocabulary=61,positions=32");
};

TEST_F(AddedFormat, IsMadeOnceAndFoundAgain) {
  ASSERT_TRUE(kAdded);
  const ModelFiles first = make({{"inventory", "", "fp16"}});
  ASSERT_FALSE(first.not_made) << first.not_made->message;
  EXPECT_THAT(first.artifact.filename().string(), StartsWith("fp16-"));
  EXPECT_EQ(first.artifact.extension(), ".inventory");
  EXPECT_THAT(*read_file(first.artifact), HasSubstr(" at fp16\n"));
  const ModelFiles again = make({{"inventory", "", "fp16"}});
  EXPECT_EQ(again.artifact, first.artifact);
  EXPECT_TRUE(again.artifacts.back().reused);
}

TEST_F(AddedFormat, IsAnotherFileForWhateverDecidesIt) {
  const auto base = make({{"inventory", "", "fp32"}}).artifact;
  EXPECT_NE(make({{"inventory", "", "fp16"}}).artifact, base);
  EXPECT_NE(make({{"inventory", "", "fp32"}}, 7).artifact, base);
}

TEST_F(AddedFormat, IsUnsupportedWhereTheNeedCannotBeServed) {
  const ModelFiles files = make({{"inventory", "", "int8"}});
  ASSERT_TRUE(files.not_made);
  EXPECT_EQ(files.not_made->outcome, Outcome::unsupported);
  EXPECT_EQ(files.not_made->message, "this inferscale cannot make what smith loads: an inventory at int8");
}

TEST_F(AddedFormat, IsListedInAManifestWithWhatItCost) {
  const ModelFiles files = make({{"inventory", "", "fp32"}});
  const record::ArtifactUse use = use_of(files, folder_.path());
  ASSERT_EQ(use.files.size(), 2U);
  EXPECT_THAT(use.files[0].path, HasSubstr("weights/"));
  EXPECT_THAT(use.files[1].path, HasSubstr("inventory/fp32-"));
  EXPECT_EQ(use.files[1].sha256, files.artifacts.back().sha256);
  EXPECT_EQ(use.bytes, static_cast<double>(files.artifacts.back().bytes));
  EXPECT_FALSE(use.calibration_s);
}

}  // namespace
}  // namespace inferscale::artifact
