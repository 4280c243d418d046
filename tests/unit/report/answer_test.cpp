#include "report/answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "analysis/quantity.hpp"
#include "analysis/study_results.hpp"
#include "record/catalog.hpp"
#include "report/export_command.hpp"
#include "report/pictures.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"
#include "unit/analysis/study_rows.hpp"
#include "unit/report/two_backends.hpp"

namespace inferscale::report {
namespace {

using test::analyze_rows;
using test::kScenario;
using test::kSizes;
using test::make_row;
using test::sentence;
using test::two_backends;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(AnswerSentence, SaysWhatToUseAndWhereThatChanges) {
  EXPECT_EQ(sentence(two_backends({2.0, 1.4, 0.8, 0.5}, 3)),
            "Use beta from 1.00 M to 4.00 M parameters; alpha from 16.0 M to 64.0 M.");
}

TEST(AnswerSentence, OneBackendEverywhere) {
  EXPECT_EQ(sentence(two_backends({2.0, 1.8, 1.6, 1.5}, 3)),
            "Use beta at every size measured, 1.00 M to 64.0 M parameters.");
}

TEST(AnswerSentence, ASmallDifferenceChangesNothing) {
  EXPECT_EQ(sentence(two_backends({1.5, 1.02, 0.97, 1.3}, 3, 0.001)),
            "Use beta at every size measured, 1.00 M to 64.0 M parameters.");
}

TEST(AnswerSentence, WhatIsNotKnownIsCalledUndecided) {
  EXPECT_EQ(
      sentence(two_backends({2.0, 1.001, 1.9, 2.0}, 3, 0.1)),
      "Use beta at every size measured, 1.00 M to 64.0 M parameters. Undecided at 1 of 4 sizes: alpha.");
  EXPECT_EQ(sentence(two_backends({1.0}, 3, 0.3)),
            "Use alpha for s1 (1.00 M parameters), or beta: undecided.");
}

/// Rows of one backend in two modes, the cached one last.
std::vector<record::Row> two_modes() {
  std::vector<record::Row> rows;
  for (const protocol::Mode mode : {protocol::Mode::prefill, protocol::Mode::decode}) {
    for (record::Row row : two_backends({2.0, 0.5}, 3)) {
      row.mode = mode;
      row.backend = row.backend == "beta" ? "onnxruntime-cpu" : "openvino-cpu";
      row.time_per_output_token_ms = row.latency_ms;
      rows.push_back(row);
    }
  }
  return rows;
}

TEST(Modes, WithACacheComeFirst) {
  const analysis::Analysis analysis = analyze_rows(two_modes());
  ASSERT_EQ(analysis.decisions.size(), 2U);
  ASSERT_EQ(analysis.crossovers.size(), 2U);
  EXPECT_EQ(analysis.decisions[0].mode, protocol::Mode::decode);
  EXPECT_EQ(analysis.modes.front(), protocol::Mode::decode);
  EXPECT_EQ(analysis.crossovers.front().mode, "decode");
}

TEST(Modes, AreNamedInTheCommandsThatServeTheAnswer) {
  Source source{analyze_rows(two_modes()), record::Plan(), {}, {}, "", {}, {}, {}};
  source.manifest = Json{
      {"uses", {{{"model", "s2"}, {"backend", "openvino-cpu"}, {"mode", "decode"}, {"dialect", "fused"}}}}};
  const std::string commands = to_markdown({"", serve_blocks(source)});
  EXPECT_THAT(commands, HasSubstr("inferscale export s2 --precision fp32 --mode decode --dialect fused"));
  EXPECT_THAT(commands, HasSubstr("inferscale bench s2 --backend openvino-cpu --mode decode"));
}

TEST(FirstScreen, SaysWhatAnAnswerCostsOnTrainedWeights) {
  Source source{analyze_rows(two_backends({2.0, 1.8}, 3)), record::Plan(), {}, {}, "", {}, {}, {}};
  const auto answer = [&] { return to_markdown({"", {answer_of(source, "")}}); };
  source.analysis.quality = {test::judged("s1", "beta", 50.4), test::judged("s2", "beta", 50.1),
                             test::judged("s1", "alpha", 90)};
  EXPECT_THAT(answer(), Not(HasSubstr("Perplexity"))) << "below 1%, and of one that is no answer";
  source.analysis.quality.push_back(test::judged("s2", "beta", 68));
  EXPECT_THAT(answer(), HasSubstr("Perplexity changes: beta +36"));
  for (record::QualityResult& one : source.analysis.quality) {
    one.weights = "random";
  }
  EXPECT_THAT(answer(), Not(HasSubstr("Perplexity")));
}

TEST(FirstScreen, ExportsAnInt8GraphAsItWasMeasured) {
  record::Plan plan;
  plan.logits = protocol::LogitsScope::last;
  Source source{analyze_rows(two_backends({2.0, 0.5}, 3)), plan, {}, {}, "", {}, {}, {}};
  const protocol::BackendInfo* backend = nullptr;
  for (const record::KnownBackend& known : record::known_backends()) {
    backend = known.info.name == "onnxruntime-cpu-int8" ? &known.info : backend;
  }
  ASSERT_NE(backend, nullptr);
  const auto command = [&](const Json& use, const Json& options) {
    source.manifest = use.empty() ? Json() : Json{{"uses", {use}}};
    source.plan->backend_options["onnxruntime-cpu-int8"] = options;
    return export_command(source, "s2", *backend, protocol::Mode::prefill);
  };
  Json use{{"model", "s2"},     {"backend", "onnxruntime-cpu-int8"},
           {"mode", "prefill"}, {"dialect", "portable"},
           {"form", "blocks"},  {"weight_bits", 8}};
  EXPECT_EQ(command(use, Json::object()),
            "inferscale export s2 --precision int8 --logits last --blocks --quantize-head -o s2.onnx");
  use["form"] = "dynamic";
  use["weight_bits"] = 7;
  EXPECT_EQ(command(use, Json{{"quantize_head", false}}),
            "inferscale export s2 --precision int8 --logits last --dynamic --weight-bits 7 -o s2.onnx");
  EXPECT_THAT(command(Json(), Json::object()), HasSubstr("--dynamic --quantize-head")) << "an old manifest";
  source.plan->corpus = "text";
  EXPECT_THAT(command(Json(), Json{{"form", "qdq"}, {"calibration", "entropy"}}),
              HasSubstr("int8 --logits last --calibration entropy --corpus text --quantize-head"));
}

TEST(FirstScreen, AsksRecommendForASizeThatTheStudyKnows) {
  Source source{analyze_rows(two_backends({2.0, 1.8, 1.6, 1.5}, 3)), record::Plan(), {}, {}, "", {}, {}, {}};
  EXPECT_THAT(to_markdown({"", serve_blocks(source)}), HasSubstr("--size 8.00M --batch 1"));
  source.analysis = analyze_rows(two_backends({2.0}, 3));
  EXPECT_THAT(to_markdown({"", serve_blocks(source)}), HasSubstr("--size 1000000 --batch 1"));
}

TEST(Modes, AGraphWithACacheThatIsNotKnownHasNoCommand) {
  const Source source{analyze_rows(two_modes()), record::Plan(), {}, {}, "", {}, {}, {}};
  EXPECT_THAT(to_markdown({"", serve_blocks(source)}), Not(HasSubstr("inferscale export")));
}

TEST(Words, PercentBelowATenthAndFactorsAbove) {
  EXPECT_EQ(excess_text(1.002), "under 1%");
  EXPECT_EQ(excess_text(1.04), "4%");
  EXPECT_EQ(excess_text(1.12), "12%");
  EXPECT_EQ(excess_text(36.7), "37 times");
  EXPECT_EQ(excess_range_text(1.9, 3.1), "1.9 to 3.1 times");
  EXPECT_EQ(excess_range_text(1.01, 1.04), "up to 4%");
  EXPECT_EQ(excess_range_text(1.1, 1.1), "10%");
}

std::size_t words_of(const Answer& answer) {
  std::size_t words = count_words(answer.lead.words());
  for (const Text& sentence : answer.sentences) {
    words += count_words(sentence.words());
  }
  return words;
}

/// Of every published study: short, without statistics, and its first sentence names what recommend uses.
TEST(FirstScreen, OfEveryPublishedStudyIsShortAndPlain) {
  int studies = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           std::filesystem::path(INFERSCALE_SOURCE_DIR) / "docs/results")) {
    if (entry.path().filename() != "plan.json") {
      continue;
    }
    auto results = analysis::load_study_results(entry.path().parent_path());
    ASSERT_TRUE(results) << results.error().message;
    const auto source = make_source(std::move(*results), {});
    ASSERT_TRUE(source) << source.error().message;
    const Answer answer = answer_of(*source, "");
    EXPECT_LE(words_of(answer), kMostAnswerWords);
    std::string text = answer.lead.words();
    for (const Text& sentence : answer.sentences) {
      text += "\n" + sentence.words();
    }
    EXPECT_THAT(text, ContainsRegex("^Use |: Use "));
    EXPECT_THAT(text, HasSubstr("Not measured: "));
    EXPECT_THAT(text, HasSubstr("Weights are random"));
    for (const char* never : {"1.00 times", "p =", "least squares", "interval", "interpolated", " tie "}) {
      EXPECT_THAT(text, Not(HasSubstr(never))) << source->analysis.study;
    }
    ++studies;
  }
  EXPECT_GE(studies, 5);
}

TEST(Noise, IsSaidOfTheBackendThatHasIt) {
  auto rows = two_backends({2.0, 1.4, 0.8, 0.5}, 3, 0.001);
  for (record::Row& row : rows) {
    row.throughput_tok_s *= row.backend == "beta" ? 1 + 0.3 * row.repetition : 1;
  }
  const std::string words = noise_words(analyze_rows(rows));
  EXPECT_THAT(words, HasSubstr("Repetitions differ: beta by "));
  EXPECT_THAT(words, Not(HasSubstr("alpha")));
  EXPECT_EQ(noise_words(analyze_rows(two_backends({2.0, 1.4, 0.8, 0.5}, 3, 0.01))), "");
}

TEST(Colours, AreTheBackendsOwnAndCanBeSeen) {
  std::vector<analysis::BackendFacts> backends;
  for (const record::KnownBackend& known : record::known_backends()) {
    backends.push_back({known.info.name, known.info.device, known.info.precision, {}});
  }
  for (const Colour& colour : colours_of(backends, {})) {
    EXPECT_GE(contrast(colour.light, "#ffffff"), 3) << colour.name << " " << colour.light;
    EXPECT_GE(contrast(colour.dark, "#14171a"), 3) << colour.name << " " << colour.dark;
  }
  const analysis::BackendFacts one{"tensorrt-fp16", "cuda", "fp16", {}};
  EXPECT_EQ(colours_of({one}, {})[0].light, colours_of({backends[0], one}, {})[1].light);
}

TEST(Maps, HoldEverySizeAndBackend) {
  const analysis::Analysis analysis = analyze_rows(two_backends({2.0, 1.4, 0.8, 0.5}, 3));
  const auto colours = colours_of(analysis.backends, {});
  const std::string map = decision_map(analysis, analysis.decisions[0], colours, "a <map> ]]>");
  EXPECT_THAT(map, HasSubstr("<title>a &lt;map&gt; ]]&gt;</title>"));
  EXPECT_THAT(map, HasSubstr(">2.0 times<"));
  const std::string slowdown = slowdown_map(analysis, analysis.decisions[0], colours, "slow");
  for (const char* words : {">best<", ">2.00<", ">1.25<", ">1.00 M<", ">64.0 M<", "alpha", "beta"}) {
    EXPECT_THAT(slowdown, HasSubstr(words));
  }
  EXPECT_THAT(metric_plot(analysis, analysis.decisions[0], colours, "plot"), HasSubstr("<polyline"));
}

TEST(AnswerSentence, OnlyOneBackendIsOk) {
  auto rows = two_backends({2.0, 1.5}, 3);
  for (record::Row& row : rows) {
    if (row.backend == "beta") {
      row = test::make_failed(row, Outcome::crash, "signal 11");
    }
  }
  const std::string text = sentence(rows);
  EXPECT_EQ(text,
            "Use alpha at every size measured, 1.00 M to 4.00 M parameters: the only backend with every "
            "scenario ok.");
}

TEST(AnswerSentence, NothingIsOk) {
  auto rows = two_backends({2.0}, 3);
  for (record::Row& row : rows) {
    row = test::make_failed(row, Outcome::timeout, "too slow");
  }
  EXPECT_THAT(sentence(rows), HasSubstr("No answer: no backend has every scenario ok"));
}

TEST(AnswerSentence, OneRepetitionDecidesNothing) {
  const std::string text = sentence(two_backends({2.0, 0.5}, 1));
  EXPECT_THAT(text, HasSubstr("Not decided: fewer than 2 ok repetitions give no interval"));
  EXPECT_THAT(text, Not(HasSubstr("Use")));
}

TEST(Document, EverySectionIsInBothFiles) {
  Source source;
  source.analysis = analyze_rows(two_backends({2.0, 1.4, 0.8, 0.5}, 3));
  const Document document = make_document(source, {});
  const std::string markdown = to_markdown(document);
  const std::string html = to_html(document);
  for (const char* title : {"Decision by size", "Crossovers", "Overall means", "Cells", "Outcomes", "Scaling",
                            "Machine and method", "What is left out, and why", "Artifacts"}) {
    EXPECT_THAT(markdown, HasSubstr("## " + std::string(title) + "\n"));
    EXPECT_THAT(html, HasSubstr("<h2>" + std::string(title) + "</h2>"));
  }
}

TEST(Document, SaysWhatNotToUse) {
  Source source;
  auto rows = two_backends({0.3, 0.25}, 3);
  for (record::Row row : two_backends({0.3, 0.25}, 3)) {
    row.backend = row.backend == "alpha" ? "gamma" : "delta";  // of another device, and slower still
    row.device = "cuda";
    row.throughput_tok_s *= row.backend == "gamma" ? 0.1 : 0.3;
    rows.push_back(row);
  }
  rows.push_back(test::make_failed(rows[0], Outcome::crash, "gone"));
  rows.back().repetition = 7;
  source.analysis = analyze_rows(rows);
  const std::string text = to_markdown({"", not_to_use_section(source)});
  EXPECT_THAT(text, HasSubstr("**alpha**: 1 of 7 repetitions of prefill ended badly."));
  EXPECT_THAT(text,
              HasSubstr("**beta**: 3.3 to 4.0 times slower than the best on its device at every size in "
                        "prefill."));
  EXPECT_THAT(text, Not(HasSubstr("gamma"))) << "the best of its device";
  source.analysis = analyze_rows(two_backends({0.9}, 3));
  EXPECT_TRUE(not_to_use_section(source).empty());
}

TEST(Document, ListsWhatEachBackendLoaded) {
  Source source;
  source.manifest = Json{{"uses",
                          {{{"model", "gpt2"},
                            {"backend", "tensorrt-int8"},
                            {"mode", "prefill"},
                            {"precision", "int8"},
                            {"form", "qdq"},
                            {"bytes", 2e8},
                            {"seconds", 250},
                            {"calibration_s", 10},
                            {"build_s", 200.5},
                            {"layers", 136},
                            {"int8_layers", 60},
                            {"profiles", 3}},
                           {{"model", "gpt2"}, {"backend", "transformers-cpu"}, {"mode", "prefill"}}}}};
  const std::string text = to_markdown({"", artifacts_section(source)});
  EXPECT_THAT(text, ContainsRegex("gpt2 *\\| tensorrt-int8 *\\| prefill *\\| int8 qdq *\\|"));
  EXPECT_THAT(text, ContainsRegex("136 *\\| *60 *\\| *3 *\\|"));
  EXPECT_THAT(text, Not(HasSubstr("transformers-cpu"))) << "it loads no file of ours";
}

TEST(Document, SaysWhatAProcessMeasured) {
  Source source;
  source.analysis = analyze_rows(two_backends({2.0}, 3));
  source.plan = record::Plan{};
  EXPECT_THAT(to_markdown(make_document(source, {})),
              HasSubstr("5 repetitions a cell, each in a fresh process"));
  source.plan->share_workers = true;
  const std::string shared = to_markdown(make_document(source, {}));
  EXPECT_THAT(shared,
              HasSubstr("each in another process, which measures every cell of its model and backend once"));
  EXPECT_THAT(shared, Not(HasSubstr("fresh process")));
}

std::string published_report(const char* study) {
  auto results = analysis::load_study_results(std::filesystem::path(INFERSCALE_SOURCE_DIR) /
                                              "docs/results/h200" / study);
  EXPECT_TRUE(results) << results.error().message;
  const auto source = make_source(std::move(*results), {});
  EXPECT_TRUE(source) << source.error().message;
  return to_markdown(make_document(*source, {}));
}

TEST(Tr118, ItsConclusionsAreHeldAgainstTheRows) {
  const std::string text = published_report("tr118v2");
  for (const char* row : {"INT8 is the fastest on gpt2 .*does not hold: alike",
                          "FP32 is faster than FP16 .*0\\.367 .*does not hold\\*",
                          "FP32 is faster than compiled transformers .*2\\.22 times.*2\\.30 .*\\*\\*holds\\*",
                          "cannot generate .*0 of 180 failed .*does not hold",
                          "pays for itself .*122\\.3 s of serving.*holds, sooner"}) {
    EXPECT_THAT(text, ContainsRegex(row));
  }
  EXPECT_THAT(published_report("ladder"), Not(HasSubstr("Compared with TR118")));
}

TEST(Tr118, WhatTheRowsSayDecides) {
  std::vector<record::Row> rows;
  for (int r = 0; r < 3; ++r) {
    rows.push_back(make_row("gpt2", 124'439'808, "tensorrt-fp16", kScenario, r, 1000 + r));
    rows.push_back(make_row("gpt2", 124'439'808, "tensorrt-fp32", kScenario, r, 1500 + r));
    rows.push_back(make_row("gpt2", 124'439'808, "tensorrt-int8", kScenario, r, 3000 + r));
  }
  Source source;
  source.analysis = analyze_rows(rows);
  source.plan = record::Plan{};
  EXPECT_TRUE(tr118_section(source).empty()) << "another plan";
  source.plan->name = "tr118v2";
  const std::string text = to_markdown({"", tr118_section(source)});
  EXPECT_THAT(text, ContainsRegex("INT8 is the fastest on gpt2 .*\\*\\*holds\\*"));
  EXPECT_THAT(text, ContainsRegex("FP32 is faster than FP16 .*\\*\\*holds\\*"));
  EXPECT_THAT(text, Not(HasSubstr("compiled transformers"))) << "it was not measured";
}

TEST(Accuracy, LimitsStandBesideTheValuesAndPerplexitiesHaveOnePrecision) {
  const std::string text = published_report("tr118v2");
  EXPECT_THAT(text, HasSubstr("4.9e-02 (at most 3.0e-01)"));
  EXPECT_THAT(text, HasSubstr("58,906.278"));
  EXPECT_THAT(text, ContainsRegex("54\\.732, \\\\?\\+0\\.09% \\(within 10%\\)"));
  EXPECT_THAT(text, Not(HasSubstr("0.0000%")));
  EXPECT_THAT(text, Not(ContainsRegex("[0-9]e-[0-9]+%")));
}

TEST(Words, ChangesAndPerplexities) {
  EXPECT_EQ(analysis::change_text(0), "0");
  EXPECT_EQ(analysis::change_text(-6.88e-12), "under 0.01%");
  EXPECT_EQ(analysis::change_text(0.000929), "+0.09%");
  EXPECT_EQ(analysis::change_text(-0.1234), "-12.3%");
  EXPECT_EQ(perplexity_text(50257.4044, "random"), "50,257.404 (random)");
  EXPECT_EQ(perplexity_text(41.2, ""), "41.200");
  EXPECT_EQ(perplexity_text(1234567, ""), "1,234,567.000");
}

TEST(Document, AnEmptyStudyMakesAReport) {
  const std::string html = to_html(make_document(Source{}, {}));
  EXPECT_THAT(html, HasSubstr("There are no rows in this results folder yet"));
}

}  // namespace
}  // namespace inferscale::report
