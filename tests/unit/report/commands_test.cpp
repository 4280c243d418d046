// Commands that a report prints work when they are copied.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/catalog.hpp"
#include "report/command_words.hpp"
#include "report/export_command.hpp"
#include "report/plan_flags.hpp"
#include "report/sections.hpp"
#include "unit/report/two_backends.hpp"

namespace inferscale::report {
namespace {

using test::analyze_rows;
using test::kScenario;
using test::two_backends;
using ::testing::HasSubstr;
using ::testing::Not;

Source source_of(const std::vector<record::Row>& rows, std::optional<analysis::PlannedRuns> planned = {}) {
  return {analyze_rows(rows, std::move(planned)), record::Plan(), {}, {}, "s2", {}, {}, {}};
}

std::string commands_of(const Source& source) {
  return to_markdown({"", serve_blocks(source)});
}

const protocol::BackendInfo& known(const std::string& backend) {
  return record::find_known_backend(backend)->info;
}

TEST(Commands, QuoteWhatAShellWouldSplit) {
  EXPECT_EQ(shell_word("gpt2:layers=7,hidden=640,heads=10"), "gpt2:layers=7,hidden=640,heads=10");
  EXPECT_EQ(shell_word("my runs/a"), "'my runs/a'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
}

TEST(Commands, NameTheResultsFolderTheSameEverywhere) {
  Source source = source_of(two_backends({2.0}, 3));
  const auto text = [&] { return to_markdown({"", artifacts_section(source)}); };
  EXPECT_THAT(text(), HasSubstr("`inferscale study --plan results/s2/plan.json --label s2-again`"));
  EXPECT_THAT(text(), HasSubstr("`inferscale report results/s2`"));
  source.machine = "a copy";
  EXPECT_THAT(text(), HasSubstr("--plan 'results/a copy/plan.json' --label a-copy-again`"));
  EXPECT_THAT(text(), HasSubstr("`inferscale report 'results/a copy'`"));
  source.machine = "elsewhere/s2";  // of two folders with one name
  EXPECT_THAT(text(), HasSubstr("--plan elsewhere/s2/plan.json --label s2-again`"));
  EXPECT_THAT(commands_of(source), HasSubstr("inferscale recommend elsewhere/s2 "));
}

TEST(Commands, TakeAFolderAsThePlanHasIt) {
  Source source = source_of(two_backends({2.0}, 3));
  const auto word = [&](const char* entry, const char* model) {
    source.plan->models = {"gpt2", entry};
    return model_word(source, model);
  };
  EXPECT_EQ(word("./runs/mine", "mine"), "./runs/mine");
  EXPECT_EQ(word("my runs/mine/", "mine"), "'my runs/mine/'");
  EXPECT_EQ(word("base=./runs/1", "base"), "base=./runs/1");
  EXPECT_EQ(word("runs/gpt2", "gpt2"), "gpt2");
  EXPECT_EQ(word("runs/gpt2", "gpt2-trained"), "runs/gpt2");
  EXPECT_EQ(word("runs/other", "mine"), "mine");
  source.plan->models = {"runs/s1"};
  EXPECT_THAT(commands_of(source), HasSubstr("`inferscale bench runs/s1 --backend beta`"));
  EXPECT_EQ(export_command(source, "s1", known("onnxruntime-cpu"), protocol::Mode::prefill),
            "inferscale export runs/s1 --precision fp32 -o s1.onnx");
}

TEST(Commands, OfAVariantAreThoseOfItsBackend) {
  auto rows = two_backends({2.0}, 3);
  for (record::Row& row : rows) {
    row.variant = row.backend == "beta" ? "new" : "";
  }
  Source source = source_of(rows);
  source.plan->backend_options["beta"] = Json{{"spin", 1}};
  source.plan->variants = {{"new", "beta", Json{{"words", "it's"}}, "", ""}};
  EXPECT_THAT(commands_of(source), HasSubstr("`inferscale bench s1 --backend beta --options "
                                             "'{\"spin\":1,\"words\":\"it'\\''s\"}'`"));
  source.plan->variants.front().library = "/opt/ort";
  EXPECT_THAT(commands_of(source), HasSubstr("beta@new"));
  EXPECT_THAT(commands_of(source), Not(HasSubstr("inferscale bench")));
}

TEST(Commands, SayWhatTheStudyHadOtherThanTheirDefaults) {
  Source source = source_of(two_backends({2.0}, 3));
  EXPECT_THAT(commands_of(source), HasSubstr("`inferscale bench s1 --backend beta`"));
  source.plan->scenarios = {{"single_micro", 1, 8}, {"mine", 2, 100, 5}};
  source.plan->logits = protocol::LogitsScope::last;
  source.plan->seed = 7;
  source.plan->threads = 2;
  source.plan->new_tokens = 64;  // prefill makes none
  EXPECT_THAT(commands_of(source), HasSubstr("`inferscale bench s1 --backend beta --scenario single_micro "
                                             "--logits last --seed 7 --threads 2`"));
  source.environment = Json{{"physical_cores", 2}};  // so that 2 is what no option comes to
  EXPECT_THAT(commands_of(source), HasSubstr("--logits last --seed 7`"));
  EXPECT_EQ(build_flags(*source.plan, protocol::Mode::prefill),
            " --scenarios single_micro,mine:batch=2,prompt=100,new=5 --logits last --seed 7");
  EXPECT_EQ(export_command(source, "s1", known("onnxruntime-cpu"), protocol::Mode::prefill),
            "inferscale export s1 --precision fp32 --logits last --seed 7 -o s1.onnx");
  EXPECT_THAT(bench_flags(*source.plan, protocol::Mode::generate, {}),
              HasSubstr("--scenario single_micro --logits last --new-tokens 64 "));
  source.plan->scenarios.erase(source.plan->scenarios.begin());
  EXPECT_THAT(bench_flags(*source.plan, protocol::Mode::generate, {}),
              HasSubstr("--scenario mine:batch=2,prompt=100,new=5 --logits last --seed"));
}

TEST(Commands, AskForASizeThatHasAnAnswer) {
  auto rows = two_backends({2.0, 1.8, 1.6}, 3);
  for (record::Row& row : rows) {
    if (row.model == "s3") {
      row = test::make_failed(row, Outcome::out_of_memory, "too large");
    }
  }
  const std::string commands = commands_of(source_of(rows));
  EXPECT_THAT(commands, HasSubstr("recommend results/s2 --size 2.00M --batch 1`"));
  EXPECT_THAT(commands, HasSubstr("inferscale bench s2 --backend beta`"));
}

TEST(Commands, AskForTheModeThatHasAnAnswer) {
  auto rows = two_backends({2.0, 1.8}, 3);
  for (record::Row row : two_backends({2.0, 1.8}, 3)) {
    row.mode = protocol::Mode::decode;
    rows.push_back(test::make_failed(row, Outcome::unsupported, "no cache"));
  }
  EXPECT_THAT(commands_of(source_of(rows)), HasSubstr("--size 2.00M --batch 1 --mode prefill`"));
}

}  // namespace
}  // namespace inferscale::report
