#include "study/check_list.hpp"

#include <gmock/gmock.h>

#include "study/planned_checks.hpp"

// How a check of accuracy comes to its verdict: states alone, without workers.

namespace inferscale::study {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Keep = CheckList::Keep;

/// Of checks without a corpus: parity is all that counts.
BackendQuality logits(float last) {
  BackendQuality quality;
  quality.logits = quality::StreamLogits{{1, 2, last}, 1, 3};
  return quality;
}

BackendQuality failure() {
  BackendQuality quality;
  quality.logits_error = "crash: gone";
  return quality;
}

class CheckListTest : public ::testing::Test {
 protected:
  CheckListTest() {
    study_.models.push_back(*model::resolve_model("tiny-gpt2"));
    add("calibrated", "int8");
    add("other", "fp32");
    add("reference", "fp32");
    study_.reference = study_.backends.back();
    list_ = CheckList(planned_checks(study_));
  }

  void add(const std::string& name, const std::string& precision) {
    study_.backends.emplace_back().info = {name, "cpu", precision, "onnx", precision, ""};
  }

  /// The result of a check whose files have this content.
  record::QualityResult fresh(std::size_t index, const std::string& content = "a file") {
    record::QualityResult result = list_[index].result;
    result.inputs["artifact"] = content;
    return result;
  }

  /// What an earlier run found out.
  record::QualityResult stored(std::size_t index, record::Gate gate) {
    record::QualityResult result = fresh(index);
    result.verdict.gate = gate;
    return result;
  }

  void make_all_files() {
    for (std::size_t i = 0; i < list_.size(); ++i) {
      list_.files_made(i, fresh(i));
    }
    list_.begin_asking();
  }

  std::vector<CheckState> states() {
    std::vector<CheckState> states;
    for (std::size_t i = 0; i < list_.size(); ++i) {
      states.push_back(list_[i].state);
    }
    return states;
  }

  std::vector<std::string> judged_backends() {
    std::vector<std::string> names;
    for (const auto& result : list_.results()) {
      names.push_back(result.backend);
    }
    return names;
  }

  PreparedStudy study_;
  CheckList list_;  ///< reference, calibrated, other
};

TEST_F(CheckListTest, NothingIsAskedBeforeFilesAreMade) {
  EXPECT_THAT(states(), ::testing::Each(CheckState::no_files));
  EXPECT_FALSE(list_[0].asks_worker());
  EXPECT_THAT(list_.results(), IsEmpty());
}

TEST_F(CheckListTest, AnAnswerWaitsForTheReferencesAndIsJudgedAgainstIt) {
  make_all_files();
  EXPECT_THAT(list_.answer(2, logits(3), Keep::every), IsEmpty());
  EXPECT_EQ(list_[2].state, CheckState::answered);
  EXPECT_THAT(list_.answer(0, logits(3), Keep::every), ElementsAre(0, 2));
  EXPECT_THAT(list_.answer(1, logits(-30), Keep::every), ElementsAre(1));
  EXPECT_THAT(states(), ::testing::Each(CheckState::judged));
  EXPECT_EQ(list_[2].result.verdict.gate, record::Gate::passed) << list_[2].result.verdict.reason;
  EXPECT_EQ(list_[1].result.verdict.gate, record::Gate::failed);
  EXPECT_TRUE(list_[0].answer) << "others may be compared with it";
  EXPECT_FALSE(list_[2].answer) << "logits are large";
}

TEST_F(CheckListTest, WhatFailsEarlyIsAskedAgainAndLeavesNoTrace) {
  list_.files_made(0, fresh(0));
  list_.files_made(2, fresh(2));
  list_.begin_asking();
  EXPECT_THAT(list_.answer(0, logits(3), Keep::passed), ElementsAre(0));
  EXPECT_THAT(list_.answer(2, failure(), Keep::passed), IsEmpty());
  EXPECT_EQ(list_[2].state, CheckState::due);
  EXPECT_EQ(list_[2].result.figures.parity_error, "");
  EXPECT_THAT(judged_backends(), ElementsAre("reference"));
  list_.files_made(1, fresh(1));
  list_.begin_asking();
  EXPECT_THAT(states(), ElementsAre(CheckState::judged, CheckState::due, CheckState::due));
  EXPECT_THAT(list_.answer(2, failure(), Keep::every), ElementsAre(2));
  EXPECT_EQ(list_[2].result.verdict.gate, record::Gate::not_measured);
}

TEST_F(CheckListTest, WhatGaveNoFiguresInAnEarlierRunIsAskedAgain) {
  list_.set_stored({stored(0, record::Gate::passed), stored(1, record::Gate::failed),
                    stored(2, record::Gate::not_measured)});
  make_all_files();
  EXPECT_THAT(states(), ElementsAre(CheckState::logits_due, CheckState::known, CheckState::due));
}

TEST_F(CheckListTest, AnAnswerThatMissedItsReferenceIsForgotten) {
  make_all_files();
  EXPECT_THAT(list_.answer(2, logits(3), Keep::passed), IsEmpty());
  EXPECT_THAT(list_.answer(0, failure(), Keep::passed), IsEmpty());
  EXPECT_THAT(states(), ElementsAre(CheckState::due, CheckState::due, CheckState::answered));
  list_.begin_asking();
  EXPECT_EQ(list_[2].state, CheckState::due);
  EXPECT_FALSE(list_[2].answer);
}

TEST_F(CheckListTest, WithoutTheReferencesLogitsNothingIsChecked) {
  make_all_files();
  list_.answer(0, failure(), Keep::every);
  list_.answer(2, logits(3), Keep::every);
  EXPECT_EQ(list_[2].result.verdict.gate, record::Gate::not_checked);
  EXPECT_THAT(list_[2].result.verdict.reason, ::testing::HasSubstr("the reference reference gave no result"));
}

TEST_F(CheckListTest, AReferenceThatCannotRunIsNone) {
  list_.leave_out(0);
  list_.files_made(2, fresh(2));
  list_.begin_asking();
  EXPECT_THAT(list_.answer(2, logits(3), Keep::every), ElementsAre(2));
  EXPECT_EQ(list_[2].result.verdict.gate, record::Gate::not_checked);
  EXPECT_THAT(list_[2].result.verdict.reason, ::testing::HasSubstr("no fp32 backend"));
}

TEST_F(CheckListTest, WhatAnEarlierRunJudgedOnTheSameInputsStays) {
  list_.set_stored(
      {stored(0, record::Gate::passed), stored(1, record::Gate::failed), stored(2, record::Gate::passed)});
  make_all_files();
  EXPECT_THAT(states(), ::testing::Each(CheckState::known));
  EXPECT_EQ(list_[1].result.verdict.gate, record::Gate::failed);
  EXPECT_THAT(list_.results(), SizeIs(3));
}

TEST_F(CheckListTest, AReferenceThatIsKnownIsAskedForLogitsAndKeepsItsVerdict) {
  list_.set_stored({stored(0, record::Gate::passed), stored(1, record::Gate::passed)});
  make_all_files();
  EXPECT_THAT(states(), ElementsAre(CheckState::logits_due, CheckState::known, CheckState::due));
  EXPECT_THAT(list_.results(), SizeIs(2)) << "its verdict counts meanwhile";
  EXPECT_THAT(list_.answer(0, logits(3), Keep::every), IsEmpty());
  EXPECT_EQ(list_[0].state, CheckState::known);
  EXPECT_THAT(list_.answer(2, logits(3), Keep::every), ElementsAre(2));
  list_.begin_asking();
  EXPECT_THAT(states(), ElementsAre(CheckState::known, CheckState::known, CheckState::judged));
}

TEST_F(CheckListTest, OtherInputsAreCheckedAgainAndForgetWhatWas) {
  list_.set_stored({stored(2, record::Gate::failed)});
  EXPECT_THAT(judged_backends(), ElementsAre("other")) << "its files are not made yet";
  list_.files_made(2, fresh(2, "another file"));
  EXPECT_EQ(list_[2].state, CheckState::due);
  EXPECT_THAT(judged_backends(), IsEmpty());
}

TEST_F(CheckListTest, WhatAnEarlierRunFoundOutStaysWhereNothingCanBeAsked) {
  record::QualityResult removed = stored(1, record::Gate::failed);
  removed.backend = "removed";
  list_.set_stored({removed, stored(1, record::Gate::failed)});
  list_.leave_out(1);
  EXPECT_THAT(judged_backends(), ElementsAre("removed", "calibrated"));
}

TEST_F(CheckListTest, PerplexityIsAskedForUntilItIsThere) {
  ModelCorpus corpus;
  auto checks = planned_checks(study_);
  checks[0].corpus = &corpus;
  EXPECT_TRUE(checks[0].asks_perplexity());
  checks[0].result.figures.perplexity.emplace();
  EXPECT_FALSE(checks[0].asks_perplexity());
  EXPECT_FALSE(checks[1].asks_perplexity()) << "without a corpus there is none";
}

TEST_F(CheckListTest, TheReferenceComesFirstAndWhatIsCalibratedLast) {
  EXPECT_TRUE(list_[0].is_reference());
  EXPECT_FALSE(list_[1].is_reference());
  EXPECT_TRUE(is_due_at(CheckTime::reference, list_[0]));
  EXPECT_FALSE(is_due_at(CheckTime::reference, list_[2]));
  EXPECT_TRUE(is_due_at(CheckTime::early, list_[2]));
  EXPECT_FALSE(is_due_at(CheckTime::early, list_[1]));
  EXPECT_TRUE(is_due_at(CheckTime::last, list_[1]));
  EXPECT_TRUE(some_are_early(study_));
  study_.backends.erase(study_.backends.begin());
  EXPECT_FALSE(some_are_early(study_));
}

TEST_F(CheckListTest, TheReferenceNeedNotBeInThePlan) {
  study_.backends.pop_back();
  auto checks = planned_checks(study_);
  ASSERT_THAT(checks, SizeIs(3));
  EXPECT_EQ(checks[0].backend, &*study_.reference);
  study_.backends.clear();
  EXPECT_THAT(planned_checks(study_), IsEmpty()) << "nothing to hold against it";
}

}  // namespace
}  // namespace inferscale::study
