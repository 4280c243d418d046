// Tables that agree in everything; then one figure is changed, and the audit must find that one.
#include "audit/audit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "support/temporary_folder.hpp"

namespace inferscale::audit {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Files = std::map<std::string, std::string>;

/// a: mean 101 and b: mean 51 over two scenarios; 5 values each with sd 4 and 2 (half widths 4.97 and 2.48).
/// d = 50 / sqrt(10) = 15.81, t = d sqrt(5 / 2) = 25.0, df between 4 and 8.
Files agreeing() {
  return {
      {"throughput_by_scenario.csv",
       "model,backend,mode,scenario,throughput_tok_s\n"
       "m,a,prefill,s1,81\nm,a,prefill,s2,121\nm,b,prefill,s1,41\nm,b,prefill,s2,61\n"},
      {"throughput_overall.csv", "model,backend,mode,throughput_tok_s\nm,a,prefill,101\nm,b,prefill,51\n"},
      {"confidence_intervals.csv",
       "model,backend,mean_tok_s,ci95_low,ci95_high,standard_deviation\n"
       "m,a,101,96.03,105.97,4.00\nm,b,51,48.52,53.48,2.00\n"},
      {"tests.csv", "model,first,second,t,p,cohens_d\nm,a,b,25.0,6.8e-09,15.81\n"},
      {"crossover_points.csv",
       "model,parameters,a_tok_s,b_tok_s,published_ratio\n"
       "x,1000000,200.0,100.0,2.00\ny,4000000,100.0,100.0,1.00\nz,16000000,100.0,200.0,0.50\n"},
      {"crossover_fit.csv", "first,second,k,a0,crossover_m\na,b,-0.500,2000,4.0\n"},
      {"amortisation.csv",
       "model,slow,fast,build_s,slow_tok_s,fast_tok_s,seconds,slow_tokens,fast_tokens\n"
       "m,b,a,10.0,51,101,10.2,520.2,1030.2\n"},
      {"artifacts.csv", "model,artifact,build_s,size_bytes,size_mb_published\nm,a,10.0,3000000,3.00\n"},
      {"degradation.csv",
       "backend,prefill_ok,prefill_runs,prefill_degraded_percent,failure\na,10,10,0.0,\nb,10,10,0.0,\n"},
      {"perplexity.csv",
       "model,backend,perplexity,mean_log_prob,std_log_prob,min_log_prob,max_log_prob\n"
       "m,a,7.389,-2.0000,1.0,-9.0,-0.1\n"}};
}

Result<Audit> audit_of(const Files& files) {
  const test::TemporaryFolder folder;
  for (const auto& [name, text] : files) {
    std::ofstream(folder / name) << text;
  }
  return audit_tables(folder.path());
}

std::vector<std::string> disagreeing(const Files& files) {
  const auto audit = audit_of(files);
  EXPECT_TRUE(audit) << (audit ? "" : audit.error().message);
  std::vector<std::string> found;
  for (const auto& section : audit ? audit->sections : std::vector<AuditSection>()) {
    for (const auto& finding : section.findings) {
      if (finding.agreement == Agreement::disagrees) {
        found.push_back(section.name + ": " + finding.what);
      }
    }
  }
  return found;
}

/// The files with `was` in one of them changed.
Files with(const std::string& file, const std::string& was, const std::string& is) {
  Files files = agreeing();
  const auto at = files[file].find(was);
  EXPECT_NE(at, std::string::npos) << was;
  files[file].replace(at, was.size(), is);
  return files;
}

TEST(Audit, TablesThatAgree) {
  const auto audit = audit_of(agreeing());
  ASSERT_TRUE(audit) << audit.error().message;
  EXPECT_THAT(disagreeing(agreeing()), IsEmpty());
  EXPECT_EQ(audit->count(Agreement::cannot_be_told), 0) << to_text(*audit);
  for (const auto& section : audit->sections) {
    EXPECT_FALSE(section.findings.empty()) << section.name << " checked nothing";
  }
}

TEST(Audit, OneWrongFigureIsFound) {
  EXPECT_THAT(disagreeing(with("throughput_by_scenario.csv", "s2,121", "s2,131")),
              ElementsAre("overall means: m a prefill"));
  EXPECT_THAT(disagreeing(with("confidence_intervals.csv", "105.97", "108.97")),
              Contains("confidence intervals: m a: centre of the interval"));
  EXPECT_THAT(disagreeing(with("confidence_intervals.csv", "48.52,53.48", "48.30,53.70")),
              Contains("confidence intervals: m b: standard deviation and interval"));
  EXPECT_THAT(disagreeing(with("tests.csv", "15.81", "0.31")), Contains("effect sizes: m: a - b: Cohen's d"));
  EXPECT_THAT(disagreeing(with("tests.csv", "15.81", "-15.81")), ElementsAre("tests: m: a - b: sign of d"));
  EXPECT_THAT(disagreeing(with("tests.csv", "6.8e-09", "6.8e-02")),
              ElementsAre("tests: m: a - b: t, p and d together", "tests: m: a - b: p and the intervals"));
  EXPECT_THAT(disagreeing(with("tests.csv", "25.0", "1.0")),
              Contains("tests: m: a - b: t from means and standard deviations"));
  EXPECT_THAT(disagreeing(with("crossover_points.csv", "0.50", "0.60")),
              ElementsAre("ratios over size: z: a / b"));
  EXPECT_THAT(disagreeing(with("crossover_fit.csv", "-0.500", "-0.600")),
              ElementsAre("crossover fit: fit: slope k"));
  EXPECT_THAT(disagreeing(with("amortisation.csv", "10.2,520.2", "12.2,520.2")),
              ElementsAre("amortisation: m a instead of b: seconds of serving"));
  EXPECT_THAT(disagreeing(with("artifacts.csv", "3.00", "4.00")), ElementsAre("artifact sizes: m a"));
  EXPECT_THAT(disagreeing(with("degradation.csv", "a,10,10,0.0", "a,9,10,0.0")),
              ElementsAre("degradation: a prefill: degraded, %"));
  EXPECT_THAT(disagreeing(with("degradation.csv", "a,10,10,0.0", "a,11,10,0.0")),
              ElementsAre("degradation: a prefill: counts"));
  EXPECT_THAT(disagreeing(with("perplexity.csv", "7.389", "7.500")), ElementsAre("perplexity: m a"));
}

TEST(Audit, RowsThatContradictEachOtherAreFound) {
  EXPECT_THAT(
      disagreeing(with("throughput_by_scenario.csv", "m,a,prefill,s1,81\n",
                       "m,a,prefill,s1,81\nm,a,prefill,s1,91\n")),
      ElementsAre("rows by themselves: throughput_by_scenario.csv: m a prefill s1: throughput_tok_s"));
  EXPECT_THAT(disagreeing(with("artifacts.csv", "m,a,10.0,3000000,3.00\n",
                               "m,a,10.0,3000000,3.00\nm,a,10.0,4000000,4.00\n")),
              ElementsAre("rows by themselves: artifacts.csv: m a: size_bytes",
                          "rows by themselves: artifacts.csv: m a: size_mb_published"));
  // The same value again, with more digits, is no contradiction.
  EXPECT_THAT(disagreeing(with("throughput_by_scenario.csv", "m,a,prefill,s1,81\n",
                               "m,a,prefill,s1,81\nm,a,prefill,s1,81.0\n")),
              IsEmpty());
}

TEST(Audit, FiguresThatNothingCanHaveAreFound) {
  for (const char* wrong : {"0", "-61"}) {
    EXPECT_THAT(disagreeing(with("throughput_by_scenario.csv", "m,b,prefill,s2,61",
                                 std::string("m,b,prefill,s2,") + wrong)),
                Contains("rows by themselves: throughput_by_scenario.csv: m b prefill s2: throughput_tok_s"));
  }
  for (const char* counts : {"a,-1,10,", "a,10,-10,", "a,11,0,", "a,11,10,"}) {
    EXPECT_THAT(disagreeing(with("degradation.csv", "a,10,10,", counts)),
                ElementsAre("degradation: a prefill: counts"))
        << counts;
  }
}

TEST(Audit, CountsAloneAreNotChecked) {
  const auto audit = audit_of({{"degradation.csv", "backend,prefill_ok,prefill_runs\na,9,10\n"}});
  ASSERT_TRUE(audit) << audit.error().message;
  EXPECT_EQ(audit->count(Agreement::agrees) + audit->count(Agreement::disagrees), 0);
}

TEST(Audit, RanksAreComparedOnTheSameScenarios) {
  // b is measured on the fast scenario only: its mean of 111 leads a's 101, but on that scenario a leads.
  Files files =
      with("throughput_by_scenario.csv", "m,b,prefill,s1,41\nm,b,prefill,s2,61\n", "m,b,prefill,s2,111\n");
  files["throughput_overall.csv"] = "model,backend,mode,throughput_tok_s\nm,a,prefill,101\nm,b,prefill,111\n";
  EXPECT_THAT(disagreeing(files), Contains("ranks over unequal scenarios: m prefill: rank of b"));
}

TEST(Audit, AMissingScenarioCannotBeJudged) {
  Files files = with("throughput_by_scenario.csv", "m,b,prefill,s1,41\n", "m,b,prefill,s1,\n");
  const auto audit = audit_of(files);
  ASSERT_TRUE(audit);
  const auto& means = audit->sections[0].findings;
  EXPECT_EQ(means[1].agreement, Agreement::cannot_be_told);
  EXPECT_THAT(means[1].why, HasSubstr("not printed average 41"));
}

TEST(Audit, MissingTablesAndColumnsAreNamed) {
  const auto audit = audit_of({{"tests.csv", "model,first,second,t\nm,a,b,2\n"}});
  ASSERT_TRUE(audit) << audit.error().message;
  std::vector<std::string> notes;
  for (const auto& section : audit->sections) {
    EXPECT_THAT(section.findings, IsEmpty());
    notes.insert(notes.end(), section.not_checked.begin(), section.not_checked.end());
  }
  EXPECT_THAT(notes, Contains("no throughput_overall.csv"));
  EXPECT_THAT(notes, Contains("no column cohens_d in tests.csv"));
  EXPECT_THAT(to_text(*audit), HasSubstr("not checked: no perplexity.csv"));
}

TEST(Audit, FoldersThatCannotBeAudited) {
  const auto nothing = audit_tables("no/such/folder");
  ASSERT_FALSE(nothing);
  EXPECT_TRUE(nothing.error().usage);
  const auto empty = audit_of({});
  ASSERT_FALSE(empty);
  EXPECT_TRUE(empty.error().usage);
  const auto words = audit_of({{"tests.csv", "model,first,second,t,p,cohens_d\nm,a,b,high,1,1\n"}});
  ASSERT_FALSE(words);
  EXPECT_THAT(words.error().message, HasSubstr("tests.csv: line 2: column 't' must be a number"));
}

}  // namespace
}  // namespace inferscale::audit
