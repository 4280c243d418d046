#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "counted_recipe.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::test {

using namespace artifact;

namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(Store, MakesAnArtifactOnce) {
  const TemporaryFolder folder;
  const CountedRecipe counted;
  ArtifactStore store(folder.path());
  const auto first = store.get_or_make(tiny_model(), counted.recipe);
  const auto second = store.get_or_make(tiny_model(), counted.recipe);
  const auto third = get(folder.path(), counted);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(counted.made, 1);
  EXPECT_FALSE(first->reused);
  EXPECT_TRUE(second->reused);
  EXPECT_TRUE(third.reused);
  for (const auto& artifact : {*first, *second, third}) {
    EXPECT_EQ(*read_file(artifact.path), counted.content);
    EXPECT_EQ(artifact.sha256, sha256_hex(counted.content));
    EXPECT_EQ(artifact.bytes, counted.content.size());
    EXPECT_EQ(artifact.seconds, first->seconds);
  }
}

TEST(Store, FindsOnlyWhatIsThereAndWhole) {
  const TemporaryFolder folder;
  const CountedRecipe counted;
  const auto found = [&] { return ArtifactStore(folder.path()).find(tiny_model(), counted.recipe); };
  EXPECT_FALSE(found());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  const auto made = get(folder.path(), counted);
  ASSERT_TRUE(found());
  EXPECT_TRUE(found()->reused);
  EXPECT_EQ(found()->sha256, made.sha256);
  std::ofstream(made.path) << "altered";
  EXPECT_FALSE(found());
  EXPECT_EQ(counted.made, 1);
}

TEST(Store, KeepsWhatDiffersApart) {
  const TemporaryFolder folder;
  const CountedRecipe one("one");
  const CountedRecipe two("two");
  const auto of_one = get(folder.path(), one);
  const auto of_two = get(folder.path(), two);
  EXPECT_NE(of_one.path, of_two.path);
  EXPECT_EQ(one.made + two.made, 2);
  EXPECT_TRUE(get(folder.path(), one).reused);
}

TEST(Store, IgnoresWhatDoesNotDecideTheContent) {
  const TemporaryFolder folder;
  CountedRecipe counted;
  get(folder.path(), counted);
  counted.recipe.details["model"] = "described otherwise";
  EXPECT_TRUE(get(folder.path(), counted).reused);
}

TEST(Store, NamesFilesAfterTheirKey) {
  const TemporaryFolder folder;
  const CountedRecipe counted;
  const auto artifact = get(folder.path(), counted);
  EXPECT_EQ(artifact.path.parent_path(), folder / "tiny-gpt2" / "onnx");
  const auto key = sha256_hex(to_line(counted.recipe.key));
  EXPECT_EQ(artifact.path.filename(), "stem-" + key.substr(0, 10) + ".bin");
  EXPECT_EQ(artifact.json, artifact.path.string() + ".json");
}

TEST(Store, MakesFolderNamesThatShellsAndFileSystemsTake) {
  const TemporaryFolder folder;
  const CountedRecipe counted;
  model::Model model = tiny_model();
  model.name = "gpt2:layers=1,hidden=2 ../x'";
  ArtifactStore store(folder.path());
  const auto artifact = store.get_or_make(model, counted.recipe);
  ASSERT_TRUE(artifact);
  EXPECT_EQ(artifact->path.parent_path().parent_path(), folder / "gpt2_layers=1,hidden=2_.._x_");
}

TEST(Store, WritesHowItWasMadeBesideIt) {
  const TemporaryFolder folder;
  CountedRecipe counted;
  counted.data = "weights";
  const auto artifact = get(folder.path(), counted);
  const auto sidecar = read_json_file(artifact.json);
  ASSERT_TRUE(sidecar) << sidecar.error().message;
  const Json& json = *sidecar;
  EXPECT_EQ(json["file"], artifact.path.filename().string());
  EXPECT_EQ(json["kind"], "onnx");
  EXPECT_EQ(json["bytes"], counted.content.size());
  EXPECT_EQ(json["sha256"], sha256_hex(counted.content));
  EXPECT_GE(json["seconds"].get<double>(), 0);
  EXPECT_THAT(json["made_at"].get<std::string>(), MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T.*Z"));
  EXPECT_EQ(json["external_data"]["file"], artifact.path.filename().string() + ".data");
  EXPECT_EQ(json["external_data"]["sha256"], sha256_hex("weights"));
  EXPECT_EQ(json["model"], "tiny-gpt2");
  EXPECT_EQ(json["key"], counted.recipe.key);
  EXPECT_EQ(json["key_sha256"], sha256_hex(to_line(counted.recipe.key)));
  EXPECT_EQ(artifact.bytes, counted.content.size() + 7);
}

TEST(Store, ForceMakesItAgainOnceInAStoresLife) {
  const TemporaryFolder folder;
  const CountedRecipe counted;
  get(folder.path(), counted);
  ArtifactStore store(folder.path());
  const auto forced = store.get_or_make(tiny_model(), counted.recipe, true);
  ASSERT_TRUE(forced);
  EXPECT_FALSE(forced->reused);
  EXPECT_EQ(counted.made, 2);
  EXPECT_TRUE(store.get_or_make(tiny_model(), counted.recipe, true)->reused);
  EXPECT_EQ(counted.made, 2);
}

TEST(Store, PassesOnWhyItCouldNotBeMadeAndTriesAgain) {
  const TemporaryFolder folder;
  CountedRecipe counted;
  const auto make = counted.recipe.make;
  counted.recipe.make = [](const std::filesystem::path&) -> Result<onnx_graph::ExportedGraph> {
    return fail("no luck");
  };
  ArtifactStore store(folder.path());
  EXPECT_EQ(store.get_or_make(tiny_model(), counted.recipe).error().message, "no luck");
  counted.recipe.make = make;
  EXPECT_FALSE(store.get_or_make(tiny_model(), counted.recipe)->reused);
}

TEST(Store, SaysWhichRootItCannotUse) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder / "root", "a file"));
  const CountedRecipe counted;
  ArtifactStore store(folder / "root");
  const auto artifact = store.get_or_make(tiny_model(), counted.recipe);
  ASSERT_FALSE(artifact);
  EXPECT_THAT(artifact.error().message, HasSubstr((folder / "root").string()));
}

/// What may become of an artifact between two studies.
struct Damage {
  const char* name;
  void (*apply)(const Artifact&);
};

void overwrite(const std::filesystem::path& file, const std::string& content) {
  ASSERT_TRUE(write_file_atomic(file, content));
}
void change_sidecar(const Artifact& artifact, void (*change)(Json&)) {
  auto json = *read_json_file(artifact.json);
  change(json);
  overwrite(artifact.json, to_pretty(json));
}

class Damaged : public ::testing::TestWithParam<Damage> {};

TEST_P(Damaged, ItIsMadeAgain) {
  const TemporaryFolder folder;
  CountedRecipe counted;
  counted.data = "weights of it";
  const auto whole = get(folder.path(), counted);
  GetParam().apply(whole);
  const auto again = get(folder.path(), counted);
  EXPECT_FALSE(again.reused);
  EXPECT_EQ(counted.made, 2);
  EXPECT_EQ(again.path, whole.path);
  EXPECT_EQ(again.sha256, whole.sha256);
  EXPECT_EQ(*read_file(again.path), counted.content);
  EXPECT_EQ(*read_file(again.path.string() + ".data"), counted.data);
  EXPECT_TRUE(get(folder.path(), counted).reused);
}

INSTANTIATE_TEST_SUITE_P(
    Store, Damaged,
    ::testing::Values(
        Damage{"FileAltered", [](const Artifact& a) { overwrite(a.path, "what a maker wrotE"); }},
        Damage{"FileOfTheSameSizeAltered",
               [](const Artifact& a) { overwrite(a.path, "What a maker writes"); }},
        Damage{"FileCutOff", [](const Artifact& a) { std::filesystem::resize_file(a.path, 5); }},
        Damage{"FileEmpty", [](const Artifact& a) { std::filesystem::resize_file(a.path, 0); }},
        Damage{"FileLonger", [](const Artifact& a) { std::filesystem::resize_file(a.path, 100); }},
        Damage{"FileGone", [](const Artifact& a) { std::filesystem::remove(a.path); }},
        Damage{"DataAltered",
               [](const Artifact& a) { overwrite(a.path.string() + ".data", "Weights of it"); }},
        Damage{"DataGone", [](const Artifact& a) { std::filesystem::remove(a.path.string() + ".data"); }},
        Damage{"SidecarGone", [](const Artifact& a) { std::filesystem::remove(a.json); }},
        Damage{"SidecarCutOff", [](const Artifact& a) { std::filesystem::resize_file(a.json, 40); }},
        Damage{"SidecarAnArray", [](const Artifact& a) { overwrite(a.json, "[1]"); }},
        Damage{"SidecarOfAnotherKey",
               [](const Artifact& a) { change_sidecar(a, [](Json& j) { j["key_sha256"] = "00"; }); }},
        Damage{"SidecarWithoutHash",
               [](const Artifact& a) { change_sidecar(a, [](Json& j) { j.erase("sha256"); }); }},
        Damage{"SidecarWithAWrongType",
               [](const Artifact& a) { change_sidecar(a, [](Json& j) { j["bytes"] = "many"; }); }},
        Damage{"SidecarWithAWrongDataType",
               [](const Artifact& a) { change_sidecar(a, [](Json& j) { j["external_data"] = 3; }); }}),
    [](const auto& damage) { return std::string(damage.param.name); });

}  // namespace
}  // namespace inferscale::test
