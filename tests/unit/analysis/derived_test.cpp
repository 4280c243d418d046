// Roofline shares and precisions: what needs more of a folder than its rows.
#include "analysis/derived.hpp"
#include "analysis/derived_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/csv.hpp"
#include "analysis/precision_cost.hpp"
#include "analysis/roofline.hpp"
#include "analysis/serving_cost.hpp"
#include "core/files.hpp"
#include "family/ladder.hpp"
#include "protocol/needs.hpp"
#include "support/temporary_folder.hpp"
#include "unit/analysis/study_rows.hpp"

namespace inferscale::analysis {

using namespace protocol;
using namespace record;

namespace {

using test::make_row;

TEST(CellWork, OfAPassByHand) {
  model::DecoderSpec config =
      *model::parse_model_name("gpt2:layers=1,hidden=2,heads=1,vocabulary=10,positions=8");
  const Scenario scenario{"x", 3, 4};  // 12 positions
  const auto all = cell_work(config, scenario, Mode::prefill, 0, LogitsScope::all, 4);
  ASSERT_TRUE(all);
  // Projections and MLP: 2 x 12 x 2 x (4 x 2 + 2 x 8) = 1152; scores and values: 4 x 12 x 4 x 2 = 384;
  // head: 2 x 12 x 10 x 2 = 480.
  EXPECT_DOUBLE_EQ(all->flops, 1152 + 384 + 480);
  EXPECT_DOUBLE_EQ(all->bytes, 4.0 * static_cast<double>(parameter_count(config)) + 4 * 12 * 10);
  const auto last = cell_work(config, scenario, Mode::prefill, 0, LogitsScope::last, 4);
  EXPECT_DOUBLE_EQ(last->flops, 1152 + 384 + 2 * 3 * 10 * 2);
}

TEST(CellWork, GenerateIsAPassANewToken) {
  const model::DecoderSpec config = *model::parse_model_name("gpt2-5m");
  const auto generate = cell_work(config, {"x", 1, 5}, Mode::generate, 2, LogitsScope::last, 4);
  const auto first = cell_work(config, {"x", 1, 5}, Mode::prefill, 2, LogitsScope::last, 4);
  const auto second = cell_work(config, {"x", 1, 6}, Mode::prefill, 2, LogitsScope::last, 4);
  EXPECT_DOUBLE_EQ(generate->flops, first->flops + second->flops);
  EXPECT_DOUBLE_EQ(generate->bytes, first->bytes + second->bytes);
}

TEST(CellWork, DecodeIsAStepOfTheMeanLength) {
  const model::DecoderSpec config = *model::parse_model_name("gpt2-5m");
  const auto step = cell_work(config, {"x", 3, 5}, Mode::decode, 4, LogitsScope::all, 4, 96);
  ASSERT_TRUE(step);
  const auto expected = step_work(model_work(config), 3, 7, 4, 96);
  EXPECT_DOUBLE_EQ(step->flops, expected.flops);
  EXPECT_DOUBLE_EQ(step->bytes, expected.bytes);
  EXPECT_FALSE(cell_work(config, {"x", 3, 5}, Mode::decode, 4, LogitsScope::all, 4));
}

StudyResults results_of(const std::vector<Row>& rows) {
  StudyResults results;
  results.folder = results.name = "study";
  results.plan = Plan{};
  results.environment =
      Json{{"roofline", {{{"device", "cpu"}, {"copy_gb_s", 20.0}, {"matmul_gflop_s", {{"fp32", 100.0}}}}}}};
  results.dataset = test::build(rows);
  return results;
}

std::vector<RooflineShare> shares_of(const StudyResults& study) {
  return roofline_shares(study.plan, study.environment, *analyze(study.dataset));
}

TEST(Roofline, TheLargerLimitCounts) {
  // gpt2-5m, one position: 4 x 5,035,008 bytes at 20 GB/s take 1.01 ms, its 10 M operations 0.1 ms.
  const auto study = results_of({make_row("gpt2-5m", 5'035'008, "a", {"one", 1, 1}, 0, 250),
                                 make_row("gpt2-5m", 5'035'008, "a", {"many", 64, 64}, 0, 250)});
  const auto shares = shares_of(study);
  ASSERT_EQ(shares.size(), 2U);
  const auto& one = shares[0].scenario == "one" ? shares[0] : shares[1];
  const auto& many = shares[0].scenario == "one" ? shares[1] : shares[0];
  EXPECT_FALSE(one.compute_bound);
  EXPECT_NEAR(one.limit_ms, (4.0 * 5'035'008 + 4 * 50'257) / 20e9 * 1e3, 1e-9);
  EXPECT_NEAR(one.share, one.limit_ms / 4, 1e-12);  // 1 token at 250 tok/s: 4 ms
  EXPECT_TRUE(many.compute_bound);
}

TEST(Roofline, SaysTheWorkAndItsIntensity) {
  const auto study = results_of({make_row("gpt2-5m", 5'035'008, "a", {"many", 64, 64}, 0, 250)});
  const auto shares = shares_of(study);
  ASSERT_EQ(shares.size(), 1U);
  const auto& one = shares.front();
  EXPECT_NEAR(one.gflop_s / one.read_gb_s, one.flop_per_byte, 1e-9 * one.flop_per_byte);
  EXPECT_NEAR(one.gflop_s, one.share * 100, 1e-9) << "limited by compute: its share of 100 GFLOP/s";
}

TEST(Roofline, WeightsAreReadSoTheFasterRateOfMemoryIsTheRoof) {
  auto study = results_of({make_row("gpt2-5m", 5'035'008, "a", {"one", 1, 1}, 0, 250)});
  const double copied = shares_of(study).at(0).share;
  study.environment["roofline"][0]["read_gb_s"] = 40.0;
  EXPECT_NEAR(shares_of(study).at(0).share, copied / 2, 1e-12);
  const auto roofs = roofs_of(study.environment);
  ASSERT_EQ(roofs.size(), 1U);
  EXPECT_EQ(roofs[0].bytes_s, 40e9);
  EXPECT_EQ(roofs[0].flop_s, (std::vector<std::pair<std::string, double>>{{"fp32", 100e9}}));
}

TEST(Roofline, AShareAboveOneMeansThatTheLimitIsNone) {
  EXPECT_FALSE(passes_limit(1.0));
  EXPECT_FALSE(passes_limit(1.01)) << "rates are measured to within so much";
  EXPECT_TRUE(passes_limit(4.12));
}

TEST(Roofline, ARateThatOneCellPassesLimitsNoOther) {
  const auto row = [](const char* backend, const Scenario& scenario, double share) {
    // 64 x 64 positions of gpt2-5m at 100 GFLOP/s, and the share of it.
    const auto whole = shares_of(results_of({make_row("gpt2-5m", 5'035'008, backend, scenario, 0, 250)}));
    return make_row("gpt2-5m", 5'035'008, backend, scenario, 0, 250 * share / whole.at(0).share);
  };
  const Scenario many{"many", 64, 64}, one{"one", 1, 1};
  const auto shares = shares_of(results_of({row("a", many, 1.9), row("b", many, 0.9), row("b", one, 0.5)}));
  ASSERT_EQ(shares.size(), 3U);
  for (const RooflineShare& share : shares) {
    EXPECT_EQ(share.limit_holds, share.scenario == "one") << share.backend << " " << share.share;
  }
}

TEST(Roofline, WhatIsNotKnownHasNoShare) {
  const auto row = make_row("gpt2-5m", 5'035'008, "a", {"one", 1, 1}, 0, 250);
  auto study = results_of({row, make_row("./folder", 1000, "a", {"one", 1, 1}, 0, 250)});
  EXPECT_EQ(shares_of(study).size(), 1U);
  for (const Json& environment :
       {Json(nullptr), Json(Json::object()), Json{{"roofline", 3}},
        Json{{"roofline", {{{"device", "cuda"}}}}}, Json{{"roofline", {1, nullptr}}}}) {
    study.environment = environment;
    EXPECT_TRUE(shares_of(study).empty()) << environment;
  }
  auto planless = results_of({row});
  planless.plan.reset();
  EXPECT_TRUE(shares_of(planless).empty());
}

TEST(Roofline, AFolderModelHasTheShapeThatTheManifestSays) {
  auto study = results_of({make_row("mine", 5'035'008, "a", {"one", 1, 1}, 0, 250)});
  EXPECT_TRUE(shares_of(study).empty());
  const UsedModel mine{"mine", 5'035'008, *model::parse_model_name("gpt2-5m")};
  const auto shares = roofline_shares(study.plan, study.environment, *analyze(study.dataset), {mine});
  ASSERT_EQ(shares.size(), 1U);
  EXPECT_NEAR(shares[0].limit_ms, (4.0 * 5'035'008 + 4 * 50'257) / 20e9 * 1e3, 1e-9);
}

TEST(Roofline, WeighsWeightsAsTheBackendSays) {
  auto row = make_row("gpt2-5m", 5'035'008, "a", {"one", 1, 1}, 0, 250);
  row.precision = "q4";
  auto study = results_of({row});
  EXPECT_TRUE(shares_of(study).empty());  // nothing is known of "q4"
  const Json facts{{"name", "q4"}, {"bits", 4}, {"computes", "fp32"}, {"gate", "int4"}};
  study.environment["backends"]["a"]["precision_facts"] = facts;
  const auto shares = shares_of(study);
  ASSERT_EQ(shares.size(), 1U);
  EXPECT_NEAR(shares[0].limit_ms, (0.5 * 5'035'008 + 4 * 50'257) / 20e9 * 1e3, 1e-9);
}

std::vector<Row> precision_rows() {
  std::vector<Row> rows;
  for (const auto& [backend, precision, tok_s] :
       {std::tuple<const char*, const char*, double>{"tensorrt-fp32", "fp32", 2121},
        {"tensorrt-int8", "int8", 6284},
        {"onnxruntime-cpu", "fp32", 900}}) {
    for (int repetition = 0; repetition < 3; ++repetition) {
      rows.push_back(make_row("gpt2", 124'439'808, backend, builtin_scenarios()[0], repetition, tok_s));
      rows.back().precision = precision;
    }
  }
  return rows;
}

TEST(Precisions, BesideFp32OfTheSameRuntime) {
  const std::vector<ArtifactFacts> artifacts{
      {"gpt2", "onnx", "", "int8", "qdq", "all", 40, 2e8},
      {"gpt2", "tensorrt", "tensorrt-int8", "int8", "qdq", "all", 240, 1e8},
      {"gpt2", "tensorrt", "tensorrt-int8", "int8", "qdq", "last", 1, 1},  // for other logits than the plan's
      {"gpt2", "tensorrt", "tensorrt-fp32", "fp32", "", "all", 90, 5e8},
      {"gpt2-5m", "tensorrt", "tensorrt-int8", "int8", "qdq", "all", 7, 7}};
  Plan plan;
  plan.logits = LogitsScope::all;
  const auto result = compare_precisions(test::analyze_rows(precision_rows()), artifacts, plan, {});
  ASSERT_EQ(result.size(), 2U);  // onnxruntime-cpu has one precision only
  const auto& fp32 = result[0].precision == "fp32" ? result[0] : result[1];
  const auto& int8 = result[0].precision == "fp32" ? result[1] : result[0];
  EXPECT_EQ(int8.reference, "tensorrt-fp32");
  EXPECT_NEAR(int8.speedup->ratio, 6284.0 / 2121, 1e-9);
  EXPECT_EQ(int8.speedup->winner, 1);
  EXPECT_DOUBLE_EQ(*int8.build_s, 240);
  EXPECT_DOUBLE_EQ(*int8.artifact_bytes, 1e8);
  ASSERT_TRUE(int8.paid_back);
  EXPECT_NEAR(int8.paid_back->seconds, 122.3, 0.05);
  EXPECT_NEAR(int8.paid_back->tokens, 768'400, 50);
  EXPECT_FALSE(fp32.speedup);
  EXPECT_FALSE(fp32.paid_back);
  EXPECT_DOUBLE_EQ(*fp32.artifact_bytes, 5e8);
}

TEST(Precisions, BesideWhatABackendSaysIsFullPrecision) {
  auto rows = precision_rows();
  for (Row& row : rows) {
    row.precision = row.precision == "fp32" ? "single" : row.precision;
  }
  const Analysis analysis = test::analyze_rows(rows);
  EXPECT_TRUE(compare_precisions(analysis, {}, {}, {}).empty());  // nothing is known of "single"
  const Json facts{{"name", "single"}, {"bits", 32}, {"computes", "fp32"}, {"gate", "fp32"}};
  const Json environment{{"backends", {{"tensorrt-fp32", {{"precision_facts", facts}}}}}};
  const auto comparisons = compare_precisions(analysis, {}, {}, environment);
  ASSERT_EQ(comparisons.size(), 2U);
  EXPECT_EQ(comparisons[0].reference, "tensorrt-fp32");
  EXPECT_EQ(comparisons[1].reference, "tensorrt-fp32");
}

TEST(Precisions, HaveTheirAccuracyBesideThem) {
  Analysis analysis = test::analyze_rows(precision_rows());
  QualityResult result;
  result.model = "gpt2";
  result.backend = "tensorrt-int8";
  result.figures.perplexity.emplace();
  result.figures.perplexity->figures.perplexity = 33;
  result.figures.reference_perplexity = 30;
  result.verdict.gate = Gate::passed;
  analysis.quality.push_back(result);
  const auto comparisons = compare_precisions(analysis, {}, {}, {});
  const auto& int8 = comparisons[0].precision == "int8" ? comparisons[0] : comparisons[1];
  const auto& fp32 = comparisons[0].precision == "int8" ? comparisons[1] : comparisons[0];
  EXPECT_DOUBLE_EQ(*int8.perplexity, 33);
  EXPECT_NEAR(*int8.perplexity_change, 0.1, 1e-12);
  EXPECT_EQ(int8.gate, Gate::passed);
  EXPECT_EQ(fields_json(int8)["gate"], "passed");
  EXPECT_FALSE(fp32.perplexity);
  EXPECT_EQ(fp32.gate, Gate::not_checked);
}

TEST(BuildOf, TakesWhatTheBackendLoads) {
  const std::vector<ArtifactFacts> artifacts{{"gpt2", "onnx", "", "fp32", "", "last", 3, 30},
                                             {"gpt2", "onnx", "", "int8", "dynamic", "last", 1, 10},
                                             {"gpt2", "onnx", "", "int8", "qdq", "last", 50, 12}};
  Plan plan;
  plan.logits = LogitsScope::last;
  const auto seconds = [&](const char* backend, const char* precision) {
    return build_of({backend, precision, "gpt2"}, artifacts, plan).seconds;
  };
  EXPECT_DOUBLE_EQ(*seconds("onnxruntime-cpu-int8", "int8"), 1);  // dynamic is its default
  EXPECT_DOUBLE_EQ(*seconds("openvino-cpu-int8", "int8"), 50);
  EXPECT_DOUBLE_EQ(*seconds("openvino-cpu-bf16", "bf16"), 3);  // loads the fp32 graph
  EXPECT_DOUBLE_EQ(*seconds("transformers-cpu", "fp32"), 0);   // builds nothing
  EXPECT_FALSE(seconds("tensorrt-fp32", "fp32"));              // its engine is not there
  const std::vector<ArtifactFacts> engines{{"gpt2", "tensorrt", "tensorrt-int8", "fp32", "", "last", 9, 90}};
  EXPECT_DOUBLE_EQ(*build_of({"tensorrt-int8", "int8", "gpt2"}, engines, plan).seconds,
                   9);  // of an fp32 graph
  plan.backend_options["onnxruntime-cpu-int8"] = Json{{"form", "qdq"}};
  EXPECT_DOUBLE_EQ(*seconds("onnxruntime-cpu-int8", "int8"), 50);
}

TEST(BuildOf, TakesWhatTheManifestSaysAndKeepsWhatWasKnown) {
  StudyBuilds builds({{"gpt2", "onnx", "", "fp32", "", "", 3, 30}});
  builds.kept = {{"gpt2", "onnxruntime-cpu", Mode::prefill, {4, 40}},
                 {"gpt2", "tensorrt-fp32", Mode::prefill, {5, 50}}};
  const auto seconds = [&](const char* backend, Mode mode) {
    return build_of({backend, "fp32", "gpt2", mode}, builds, {}).seconds;
  };
  EXPECT_DOUBLE_EQ(*seconds("onnxruntime-cpu", Mode::prefill), 3);  // the file's own .json comes first
  EXPECT_DOUBLE_EQ(*seconds("tensorrt-fp32", Mode::prefill), 5);
  EXPECT_FALSE(seconds("tensorrt-fp32", Mode::decode));
  builds.used = {{"gpt2", "onnxruntime-cpu", Mode::prefill, {2, 20}}};
  EXPECT_DOUBLE_EQ(*seconds("onnxruntime-cpu", Mode::prefill), 2);
}

TEST(ServingCost, PaidBackAgainstTheFastestThatCouldServeMeanwhile) {
  const Analysis analysis = test::analyze_rows(precision_rows());
  const std::vector<ArtifactFacts> artifacts{{"gpt2", "onnx", "", "fp32", "", "", 2, 5e8},
                                             {"gpt2", "tensorrt", "tensorrt-fp32", "fp32", "", "", 10, 5e8},
                                             {"gpt2", "tensorrt", "tensorrt-int8", "int8", "", "", 250, 1e8}};
  const auto costs =
      serving_costs(analysis, artifacts, {}, {{"tensorrt-int8", 3.6}, {"m/tensorrt-fp32", 7.2}}, "m");
  std::map<std::string, ServingCost> by_backend;
  for (const auto& one : costs) {
    by_backend[one.backend] = one;
  }
  ASSERT_EQ(by_backend.size(), 3U);
  const auto& int8 = by_backend["tensorrt-int8"];
  EXPECT_EQ(int8.paid_back_against, "tensorrt-fp32");  // not onnxruntime-cpu, which is slower
  EXPECT_DOUBLE_EQ(int8.extra_build_s, 240);
  EXPECT_NEAR(int8.paid_back->seconds, 122.3, 0.05);
  EXPECT_EQ(by_backend["tensorrt-fp32"].paid_back_against, "onnxruntime-cpu");
  EXPECT_NEAR(by_backend["tensorrt-fp32"].paid_back->seconds, 8 * 900.0 / (2121 - 900), 1e-9);
  EXPECT_EQ(by_backend["onnxruntime-cpu"].paid_back_against, "");
  EXPECT_NEAR(*int8.price_per_million_tokens, 3.6 / 3600 / 6284 * 1e6, 1e-9);
  ASSERT_TRUE(int8.price_ci95);
  EXPECT_NEAR(*by_backend["tensorrt-fp32"].price_per_million_tokens, 7.2 / 3600 / 2121 * 1e6, 1e-9);
  EXPECT_FALSE(by_backend["onnxruntime-cpu"].price_per_million_tokens);
}

TEST(Precisions, FamiliesByName) {
  EXPECT_EQ(family_of_name("tensorrt-fp16"), "tensorrt");
  EXPECT_EQ(family_of_name("onnxruntime-cpu-int8"), "onnxruntime-cpu");
  EXPECT_EQ(family_of_name("onnxruntime-cpu"), "onnxruntime-cpu");
  EXPECT_EQ(family_of_name("-int8"), "-int8");
}

/// A name that a spreadsheet would take for a formula is text in it.
TEST(Csv, NamesAreNoFormulas) {
  EXPECT_EQ(csv_text("=HYPERLINK(1)"), "'=HYPERLINK(1)");
  EXPECT_EQ(csv_text("@sum"), "'@sum");
  EXPECT_EQ(csv_text("a,\"b\""), "\"a,\"\"b\"\"\"");
  EXPECT_EQ(csv_text("gpt2-5m"), "gpt2-5m");
}

TEST(Derived, WritesEveryListAsJsonAndTable) {
  const test::TemporaryFolder folder;
  // An engine, the graph that it was built from, and the calibration of that: 200 + 30 + 10 s.
  const auto engine = folder / "artifacts/gpt2/tensorrt/int8.engine";
  const auto write = [&](const std::filesystem::path& file, const char* json) {
    EXPECT_TRUE(write_file_atomic(file.string() + ".json", json));
  };
  write(
      engine,
      R"({"model":"gpt2","seconds":200,"bytes":9,"graph_file":"g.onnx","key":{"backend":"tensorrt-int8"}})");
  write(folder / "artifacts/gpt2/onnx/g.onnx",
        R"({"model":"gpt2","seconds":30,"calibration_file":"c.json","key":{"precision":"int8"}})");
  write(folder / "artifacts/gpt2/calib/c.json", R"({"model":"gpt2","seconds":10})");
  auto study = results_of(precision_rows());
  study.folder = folder / "study";
  study.manifest = Json{{"artifacts", {{{"path", engine.string()}}, {{"path", "gone"}}, 7}}};
  const auto written = write_derived(study, *analyze(study.dataset));
  ASSERT_TRUE(written) << written.error().message;
  const auto precision = read_json_file(study.folder / "processed/precision.json");
  ASSERT_TRUE(precision);
  EXPECT_NEAR((*precision)["precisions"][1]["paid_back_after_s"].get<double>(), 122.3, 0.05);
  const auto before = read_file(study.folder / "processed/precision.csv");
  std::filesystem::remove_all(folder / "artifacts");
  ASSERT_TRUE(write_derived(study, *analyze(study.dataset)));
  EXPECT_EQ(*read_file(study.folder / "processed/precision.csv"), *before) << "a known figure was lost";
  for (const char* name : {"outcomes", "crossover", "scaling", "decision", "roofline", "precision", "cost"}) {
    const auto table = read_file(study.folder / (std::string("processed/") + name + ".csv"));
    ASSERT_TRUE(table) << name;
    std::size_t columns = 0;  // as many fields in every line; no field of these rows is quoted
    for (std::size_t start = 0; start < table->size();) {
      const auto end = table->find('\n', start);
      const auto line = table->substr(start, end - start);
      const auto commas = static_cast<std::size_t>(std::count(line.begin(), line.end(), ','));
      columns = start == 0 ? commas : columns;
      EXPECT_EQ(commas, columns) << name << ": " << line;
      start = end + 1;
    }
    EXPECT_GT(columns, 0U);
  }
}

TEST(Csv, ListsOfNamesWithSpacesHaveSemicolons) {
  EXPECT_EQ(csv_list({"gpt2", "gpt2-5m"}), "gpt2 gpt2-5m");
  EXPECT_EQ(csv_list({"my model", "gpt2"}), "my model;gpt2");
  EXPECT_EQ(csv_list({}), "");
}

}  // namespace
}  // namespace inferscale::analysis
