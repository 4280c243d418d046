// The decision against known truths, and the same answer from everywhere.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <set>

#include "analysis/recommend.hpp"
#include "analysis/size_curve.hpp"
#include "unit/analysis/simulated.hpp"

namespace inferscale::analysis {
namespace {

using test::Noise;

constexpr double kBand = kIndifference;

/// True throughputs of three backends at four sizes and two batches.
struct Truth {
  std::vector<double> sizes;
  std::vector<std::array<double, 2>> tok_s;  ///< by size x backend, of batch 1 and 4
  [[nodiscard]] double at(std::size_t size, std::size_t backend) const {
    const auto& here = tok_s[size * 3 + backend];
    return (here[0] + here[1]) / 2;  // the mean over the scenarios
  }
  /// How many times as good the best is.
  [[nodiscard]] double behind(std::size_t size, std::size_t backend) const {
    double best = 0;
    for (std::size_t other = 0; other < 3; ++other) {
      best = std::max(best, at(size, other));
    }
    return best / at(size, backend);
  }
};

constexpr std::array<const char*, 3> kBackends{"x-one", "x-two", "x-three"};

/// Ties, one that always wins, a crossing, and an order that changes with the batch, in turns.
Truth truth_of(int number) {
  Truth truth;
  truth.sizes = {1e6, 8e6, 3e7, 1.2e8};
  for (std::size_t size = 0; size < truth.sizes.size(); ++size) {
    const double base = 1e8 / std::sqrt(truth.sizes[size]);
    const double position = static_cast<double>(size) - 1.5;
    const double third = 0.5 + 0.1 * (number % 5);
    std::array<double, 2> second{1, 1};
    switch (number % 4) {
      case 0:
        break;
      case 1:
        second = {1.15 + 0.1 * (number % 3), 1.15 + 0.1 * (number % 3)};
        break;
      case 2:
        second.fill(std::exp(0.25 * position));
        break;
      default:
        second = {1.12, 0.92};
        break;
    }
    truth.tok_s.push_back({base, 3 * base});
    truth.tok_s.push_back({base * second[0], 3 * base * second[1]});
    truth.tok_s.push_back({base * third, 3 * base * third});
  }
  return truth;
}

StudyResults study_of(const Truth& truth, double relative_sd, int repetitions, std::uint64_t seed) {
  Noise noise(seed);
  DatasetBuilder builder;
  for (std::size_t size = 0; size < truth.sizes.size(); ++size) {
    for (std::size_t backend = 0; backend < kBackends.size(); ++backend) {
      for (const int scenario : {0, 4}) {
        for (int repetition = 0; repetition < repetitions; ++repetition) {
          const double tok_s = truth.tok_s[size * 3 + backend][scenario == 0 ? 0 : 1];
          const auto added =
              builder.add(test::make_row(fmt::format("m{}", size),
                                         static_cast<std::int64_t>(truth.sizes[size]), kBackends[backend],
                                         protocol::builtin_scenarios()[static_cast<std::size_t>(scenario)],
                                         repetition, noise.around(tok_s, relative_sd)),
                          "row");
          EXPECT_TRUE(added);
        }
      }
    }
  }
  StudyResults results;
  results.folder = results.name = "simulated";
  results.dataset = *builder.finish();
  return results;
}

/// Whoever the answer names at a measured size: the one to use, and those that it says it cannot tell from
/// it.
std::set<std::string> named_at(const DecisionLine& line) {
  std::set<std::string> names(line.undecided_with.begin(), line.undecided_with.end());
  names.insert(line.use);
  return names;
}

bool names_the_best_or_alike(const Truth& truth, const Decision& decision) {
  std::size_t size = 0;
  bool all = true;
  for (const DecisionLine& line : decision.lines) {
    if (line.basis != Basis::measured) {
      continue;
    }
    const auto names = named_at(line);
    bool any = false;
    for (std::size_t backend = 0; backend < kBackends.size(); ++backend) {
      any = any || (names.contains(kBackends[backend]) && truth.behind(size, backend) <= 1 + kBand);
    }
    all = all && any;
    ++size;
  }
  return all;
}

const DecisionLine& line_at(const Decision& decision, double parameters) {
  for (const DecisionLine& line : decision.lines) {
    if (line.basis == Basis::measured && same_size(line.low_parameters, parameters)) {
      return line;
    }
  }
  for (const DecisionLine& line : decision.lines) {
    if (line.basis != Basis::measured && line.low_parameters <= parameters &&
        parameters <= line.high_parameters) {
      return line;
    }
  }
  throw std::runtime_error("no line holds the size");
}

void expect_recommend_agrees(const StudyResults& study, const Decision& decision, int sizes) {
  const double low = decision.lines.front().low_parameters;
  const double high = decision.lines.back().high_parameters;
  for (int i = 0; i < sizes; ++i) {
    RecommendOptions options;
    options.mode = decision.mode;
    options.parameters = low * std::pow(high / low, (i + 0.37) / sizes);
    const auto answers = recommend(std::span<const StudyResults>(&study, 1), options);
    ASSERT_TRUE(answers) << answers.error().message;
    for (const Recommendation& answer : *answers) {
      const DecisionLine& line = line_at(decision, answer.parameters);
      ASSERT_FALSE(answer.candidates.empty()) << *options.parameters;
      EXPECT_EQ(answer.candidates[answer.use].backend, line.use) << *options.parameters;
      EXPECT_EQ(answer.candidates.front().backend, line.winner) << *options.parameters;
      std::set<std::string> alike, undecided;
      for (std::size_t j = 0; j < answer.candidates.size(); ++j) {
        const Candidate& one = answer.candidates[j];
        if (j != answer.use && one.verdict == Verdict::alike) {
          alike.insert(one.backend);
        } else if (j != answer.use && one.verdict == Verdict::undecided) {
          undecided.insert(one.backend);
        }
      }
      EXPECT_EQ(alike, std::set<std::string>(line.alike_with.begin(), line.alike_with.end()));
      EXPECT_EQ(undecided, std::set<std::string>(line.undecided_with.begin(), line.undecided_with.end()));
    }
  }
}

TEST(HeldOut, TheAnswerNamesTheBestOrOneThatIsAlike) {
  int right = 0, studies = 0, undecided = 0, lines = 0;
  for (const double relative_sd : {0.005, 0.01, 0.02, 0.05, 0.1, 0.2}) {
    for (int number = 0; number < 20; ++number) {
      const Truth truth = truth_of(number);
      const auto study =
          study_of(truth, relative_sd, 5, std::uint64_t{1000} + static_cast<std::uint64_t>(number));
      const auto analysis = analyze(study.dataset);
      ASSERT_TRUE(analysis);
      right += names_the_best_or_alike(truth, analysis->decisions[0]) ? 1 : 0;
      ++studies;
      for (const DecisionLine& line : analysis->decisions[0].lines) {
        undecided += line.basis == Basis::measured && !line.undecided_with.empty() ? 1 : 0;
        lines += line.basis == Basis::measured ? 1 : 0;
      }
    }
  }
  EXPECT_GE(right, std::ceil(0.95 * studies)) << "of " << studies;
  EXPECT_LT(undecided, lines * 2 / 3) << "an answer that decides nothing is right for nothing";
}

TEST(HeldOut, RecommendNeverContradictsTheDecision) {
  for (int number = 0; number < 4; ++number) {
    const auto study = study_of(truth_of(number), number % 2 == 0 ? 0.01 : 0.1, 3, 7);
    const auto analysis = analyze(study.dataset);
    ASSERT_TRUE(analysis);
    expect_recommend_agrees(study, analysis->decisions[0], 100);
  }
}

TEST(Published, RecommendAgreesWithTheDecisionOfEveryStudy) {
  int studies = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           std::filesystem::path(INFERSCALE_SOURCE_DIR) / "docs/results")) {
    if (entry.path().filename() != "plan.json") {
      continue;
    }
    const auto study = load_study_results(entry.path().parent_path());
    ASSERT_TRUE(study) << study.error().message;
    const auto analysis = analyze(study->dataset);
    ASSERT_TRUE(analysis);
    for (const Decision& decision : analysis->decisions) {
      SCOPED_TRACE(study->name);
      expect_recommend_agrees(*study, decision, 100);
    }
    ++studies;
  }
  EXPECT_GE(studies, 5);
}

TEST(Decision, AnOrderThatChangesWithTheBatchIsSeenByBatch) {
  const auto study = study_of(truth_of(3), 0.005, 5, 3);
  const auto analysis = analyze(study.dataset);
  ASSERT_TRUE(analysis);
  const Decision& decision = analysis->decisions[0];
  ASSERT_EQ(decision.by_batch.size(), 2U);
  EXPECT_EQ(decision.by_batch[0].batch, 1);
  EXPECT_EQ(decision.by_batch[0].lines[0].use, "x-two");
  EXPECT_EQ(decision.by_batch[1].lines[0].use, "x-one");
}

TEST(Analyze, NoIntervalOfACellReachesBelowZero) {
  const protocol::Scenario test_scenario{"single_micro", 1, 8};
  const Analysis analysis = test::analyze_rows({test::make_row("m", 100, "A", test_scenario, 0, 10),
                                                test::make_row("m", 100, "A", test_scenario, 1, 40),
                                                test::make_row("m", 100, "A", test_scenario, 2, 11)});
  const Estimate& value = analysis.cells[0].throughput_tok_s;
  EXPECT_GT(value.ci95->low, 0);
  EXPECT_LT(value.ci95->low, value.mean);
  EXPECT_GT(value.ci95->high, value.mean);
  EXPECT_GT(analysis.cells[0].latency_ms.ci95->low, 0);
  EXPECT_GT(analysis.overall[0].value.ci95->low, 0);
}

}  // namespace
}  // namespace inferscale::analysis
