#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "core/json.hpp"
#include "core/process.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

RunResult inferscale_run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), INFERSCALE_BIN_DIR "/inferscale");
  auto result = run_process({std::move(arguments), {}, {}}, {}, std::chrono::seconds(60));
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? *result : RunResult{};
}

TEST(CommandLine, HelpAndVersionGoToStdout) {
  const auto help = inferscale_run({"--help"});
  EXPECT_EQ(help.status.code, 0);
  EXPECT_THAT(help.output, HasSubstr("Exit codes"));
  EXPECT_EQ(help.errors, "");
  const auto version = inferscale_run({"--version"});
  EXPECT_EQ(version.status.code, 0);
  EXPECT_THAT(version.output, StartsWith("inferscale "));
}

TEST(CommandLine, WrongUsageIsOneSentenceAndExitCode2) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{}, {"--no-such-option"}, {"no-such-command"}}) {
    const auto result = inferscale_run(arguments);
    EXPECT_EQ(result.status.code, 2);
    EXPECT_EQ(result.output, "");
    EXPECT_THAT(result.errors, StartsWith("inferscale: "));
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
  }
}

TEST(CommandLine, AnOptionThatIsGivenTwiceIsNamedInPlainWords) {
  const auto twice = inferscale_run({"study", "--label", "a", "--label", "b"});
  EXPECT_EQ(twice.status.code, 2);
  EXPECT_THAT(twice.errors, HasSubstr("--label is given 2 times: give it once"));
  const auto options = inferscale_run({"bench", "tiny", "--backend", "null-cpu", "--options", "{foo"});
  EXPECT_THAT(options.errors, StartsWith("inferscale: --options: not valid JSON"));
}

TEST(CommandLine, AnOptionThatWouldSayNothingIsWrongUsage) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"export", "tiny-gpt2", "-o", "x.onnx", "--precision", "int8", "--tokenizer", "."},
       "--tokenizer is for --corpus only"},
      {{"study", "--tokenizer", ".", "--dry-run"},
       "--tokenizer is for a corpus only: give one with --corpus"},
      {{"doctor", "--repetitions", "3"}, "--repetitions requires --noise"},
      {{"bench", "tiny-gpt2", "--backend", "null-cpu", "--scenario", "x:batch=1,prompt=2,new=3",
        "--new-tokens", "4"},
       "scenario 'x:batch=1,prompt=2,new=3' says how many new tokens it makes: leave out --new-tokens"},
  };
  for (const auto& [arguments, reason] : cases) {
    const auto result = inferscale_run(arguments);
    EXPECT_EQ(result.status.code, 2) << reason;
    EXPECT_THAT(result.errors, HasSubstr(reason));
    EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
  }
}

TEST(CommandLine, ModelsThatAreNamedMakeALabel) {
  const auto label_of = [](std::vector<std::string> words) {
    words.insert(words.begin(), "study");
    words.insert(words.end(), {"--backends", "null-cpu", "--dry-run", "--json"});
    const auto json = parse_json(inferscale_run(words).output, "stdout");
    return json ? (*json)["plan"]["label"].get<std::string>() : json.error().message;
  };
  EXPECT_EQ(label_of({"tiny", "gpt2-5m"}), "tiny-gpt2-5m");
  EXPECT_EQ(label_of({"--models", "gpt2-5m"}), "gpt2-5m");
  EXPECT_EQ(label_of({"gpt2:layers=1,hidden=16,heads=2"}), "gpt2-layers-1-hidden-16-heads-2");
  EXPECT_EQ(label_of({}), "quick");
  EXPECT_EQ(label_of({"tiny", "--preset", "quick"}), "quick");
  EXPECT_EQ(label_of({"tiny", "--label", "mine"}), "mine");
  EXPECT_EQ(inferscale_run({"study", "tiny", "--models", "gpt2"}).status.code, 2);
  EXPECT_EQ(inferscale_run({"study", "--label", ""}).status.code, 2);
}

TEST(CommandLine, AWrongPlanIsWrongUsage) {
  const test::TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder / "plan.json",
                                R"({"models": ["gpt2"], "backends": ["null-cpu"], "repetition": 3})"));
  const auto result = inferscale_run({"study", "--plan", folder / "plan.json", "--dry-run"});
  EXPECT_EQ(result.status.code, 2);
  EXPECT_THAT(result.errors, HasSubstr("plan.json: unknown field 'repetition'"));
}

TEST(CommandLine, AStoreThatIsNotThereIsWrongUsageUnlessItIsTheDefault) {
  const test::TemporaryFolder folder;
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"list"}, {"prune", "--all"}}) {
    const auto with = [&](const std::vector<std::string>& more) {
      std::vector<std::string> words{INFERSCALE_BIN_DIR "/inferscale", "artifacts"};
      words.insert(words.end(), command.begin(), command.end());
      words.insert(words.end(), more.begin(), more.end());
      return *run_process({std::move(words), {}, folder.path().string()}, {}, std::chrono::seconds(60));
    };
    const auto wrong = with({"--artifacts", "nope"});
    EXPECT_EQ(wrong.status.code, 2);
    EXPECT_EQ(wrong.output, "");
    EXPECT_THAT(wrong.errors, StartsWith("inferscale: 'nope' is not a folder: give --artifacts as"));
    const auto none = with({});
    EXPECT_EQ(none.status.code, 0) << none.errors;
    EXPECT_THAT(none.output, StartsWith("artifacts: 0 artifacts, 0.0 MB"));
  }
}

/// One `sh -c` line, for what only a shell's redirections give.
ExitStatus shell_run(const std::string& command) {
  const auto result = run_process({{"/bin/sh", "-c", INFERSCALE_BIN_DIR "/inferscale " + command}, {}, {}},
                                  {}, std::chrono::seconds(60));
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? result->status : ExitStatus{};
}

TEST(CommandLine, AResultThatCannotBeWrittenIsAFailure) {
  for (const char* command :
       {"models", "models --json", "--help", "study --dry-run", "study --dry-run --json"}) {
    EXPECT_EQ(shell_run(std::string(command) + " >/dev/full").code, 1) << command;
  }
}

TEST(CommandLine, AMessageThatCannotBeWrittenChangesNothing) {
  for (const char* redirection : {" 2>/dev/full", " 2>&-"}) {
    const auto wrong = shell_run(std::string("no-such-command") + redirection);
    EXPECT_EQ(wrong.code, 2) << redirection;
    EXPECT_EQ(wrong.signal, 0) << redirection;
    EXPECT_EQ(shell_run(std::string("models >/dev/null") + redirection).code, 0) << redirection;
  }
}

TEST(Bench, HalfWidthDecidesWhenARepetitionEnds) {
  const test::TemporaryFolder folder;
  const auto iterations = [&](const std::string& half_width) {
    const auto result =
        inferscale_run({"bench", "tiny-gpt2", "--backend", "null-cpu", "--max-seconds", "0.5", "--half-width",
                        half_width, "--json", "--artifacts", folder / "artifacts"});
    EXPECT_EQ(result.status.code, 0) << result.errors;
    const Json rows = Json::parse(result.output, nullptr, false);
    return rows.is_array() && rows.size() == 1 ? rows[0].value("iterations", 0) : 0;
  };
  EXPECT_LT(iterations("1"), iterations("0"))
      << "as soon as the mean is known at all, and as many as there is time for";
}

}  // namespace
}  // namespace inferscale::cli
