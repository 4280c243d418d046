#include "study/accuracy.hpp"

#include <algorithm>
#include <utility>

#include "core/log.hpp"
#include "core/side_by_side.hpp"
#include "machine/gpu_memory_guard.hpp"

namespace inferscale::study {

using namespace record;

Accuracy::Accuracy(const PreparedStudy& study, const RunOptions& options, std::filesystem::path folder,
                   artifact::ArtifactStore& store, ConcurrentWork& work)
    : study_(study),
      options_(options),
      folder_(std::move(folder)),
      store_(store),
      work_(work),
      checks_(planned_checks(study)) {
  options_.cancelled = [this, cancelled = options.cancelled] {
    return stopping_ || give_up_() || cancelled();
  };
}

Accuracy::~Accuracy() {
  stopping_ = true;
  if (begun_) {
    work_.wait_for(begun_);
  }
}

void Accuracy::begin(std::function<bool()> give_up) {
  give_up_ = std::move(give_up);
  begun_ = work_.begin(ConcurrentWork::Kind::prepares, [this] {
    check_early();
    checked_ = check_all();
  });
}

Result<StudyQuality> Accuracy::finish() {
  if (!begun_) {
    return check_all();
  }
  work_.wait_for(begun_);
  return std::move(*checked_);
}

void Accuracy::check_early() {
  if (const auto measured = measure_references(); !measured && !options_.cancelled()) {
    log_info("note: no perplexity of the reference yet: {}", measured.error().message);
  }
  if (some_are_early(study_) && !options_.cancelled()) {
    static_cast<void>(check(CheckTime::early));  // check_all() meets the error again
  }
}

Result<StudyQuality> Accuracy::check_all() {
  StudyQuality quality;
  if (checks_.size() == 0) {
    return quality;
  }
  const auto checked = check(CheckTime::last);
  progress_.reset();
  TRY(checked);
  if (options_.cancelled()) {
    return quality;
  }
  find_kept_perplexities();
  quality.results = checks_.results();
  quality.artifacts = inputs_->artifacts();
  quality.artifacts.insert(quality.artifacts.end(), kept_perplexities_.begin(), kept_perplexities_.end());
  return quality;
}

Result<void> Accuracy::measure_references() {
  if (study_.corpora.empty() || !study_.reference || checks_.size() == 0) {
    return {};
  }
  TRY_ASSIGN(const bool made, make_files(CheckTime::reference));
  const auto asked = made ? asked_at(CheckTime::reference) : std::vector<std::size_t>{};
  for (const std::size_t i : asked) {
    if (checks_[i].asks_perplexity() && !options_.cancelled()) {
      TRY(reference_in_background(checks_[i], context(CheckTime::reference)));
    }
  }
  return {};
}

Result<void> Accuracy::check(CheckTime time) {
  TRY_ASSIGN(const bool made, make_files(time));
  if (!made) {
    return {};
  }
  checks_.begin_asking();
  if (time == CheckTime::last) {
    TRY(report_verdicts());
  }
  return ask(time);
}

Result<void> Accuracy::report_verdicts() {
  progress_.emplace(checks_.size(), "checks of accuracy");
  bool any = false;
  for (std::size_t i = 0; i < checks_.size(); ++i) {
    if (checks_[i].has_verdict()) {
      report(checks_[i].result);
      any = true;
    }
  }
  return any ? write_quality(folder_, checks_.results()) : Result<void>();
}

Result<bool> Accuracy::make_files(CheckTime time) {
  if (!has_stored_) {
    TRY_ASSIGN(auto stored, read_quality(folder_));
    checks_.set_stored(std::move(stored));
    has_stored_ = true;
  }
  std::vector<ModelBackend> pairs;
  for (std::size_t i = 0; i < checks_.size(); ++i) {
    if (is_due_at(time, checks_[i])) {
      pairs.push_back(checks_[i].pair());
    }
  }
  inputs_.emplace(study_, pairs, logits_of_checks(study_), options_, store_, work_);
  TRY(inputs_->wait());
  if (options_.cancelled()) {
    return false;
  }
  for (std::size_t i = 0; i < checks_.size(); ++i) {
    if (!is_due_at(time, checks_[i]) || checks_[i].state != CheckState::no_files) {
      continue;
    }
    if (inputs_->known_outcome(checks_[i].pair()) == nullptr) {
      checks_.files_made(i, unjudged_result(checks_[i], context(time)));
    } else {
      checks_.leave_out(i);
    }
  }
  return true;
}

CheckContext Accuracy::context(CheckTime time) const {
  CheckContext context;
  context.study = &study_;
  context.inputs = &*inputs_;
  context.store = &store_;
  context.settings = {&study_.plan, study_.cpus, options_.cancelled, options_.executor,
                      logits_of_checks(study_)};
  if (time == CheckTime::reference) {  // the other half builds engines
    context.settings.cpus.resize(std::max<std::size_t>(1, study_.cpus.size() / 2));
  }
  context.folder = folder_;
  return context;
}

std::vector<std::size_t> Accuracy::asked_at(CheckTime time) const {
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < checks_.size(); ++i) {
    if (checks_[i].asks_worker() && is_due_at(time, checks_[i])) {
      asked.push_back(i);
    }
  }
  return asked;
}

/// Nothing here is timed, so as many workers answer at a time as the plan lets load at a time.
Result<void> Accuracy::ask(CheckTime time) {
  const auto asked = asked_at(time);
  const bool early = time == CheckTime::early;
  const machine::GpuMemoryGuard gpu(early && std::any_of(asked.begin(), asked.end(), [&](std::size_t i) {
                                      return checks_[i].needs_gpu();
                                    }));
  std::optional<Error> failure;
  const auto ask_one = [&](std::size_t place) {
    const std::size_t i = asked[place];
    if (checks_[i].needs_gpu() && !gpu.has_room()) {
      return;
    }
    auto answer = ask_worker(checks_[i], i, context(time), [this](const std::string& text) { show(text); });
    const std::scoped_lock lock(mutex_);
    if (options_.cancelled()) {
      return;  // the last answer may have been ended by us
    }
    if (const auto kept = keep_answer(i, std::move(answer), time); !kept && !failure) {
      failure = kept.error();
    }
  };
  side_by_side(
      asked.size(), static_cast<std::size_t>(study_.plan.parallel_loads),
      [&] { return !options_.cancelled(); }, ask_one);
  return failure ? Result<void>(tl::unexpected(*failure)) : Result<void>();
}

/// `mutex_` is held.
Result<void> Accuracy::keep_answer(std::size_t index, CheckAnswer answer, CheckTime time) {
  if (answer.perplexity_file) {
    kept_perplexities_.push_back(std::move(*answer.perplexity_file));
  }
  const auto keep = time == CheckTime::last ? CheckList::Keep::every : CheckList::Keep::passed;
  const auto judged = checks_.answer(index, std::move(answer.quality), keep);
  for (const std::size_t i : judged) {
    report(checks_[i].result);
  }
  return judged.empty() ? Result<void>() : write_quality(folder_, checks_.results());
}

void Accuracy::find_kept_perplexities() {
  for (std::size_t i = 0; i < checks_.size(); ++i) {
    const QualityCheck& check = checks_[i];
    if (!check.is_reference() || check.state != CheckState::known || !check.result.figures.perplexity) {
      continue;
    }
    if (auto kept =
            find_reference_perplexity(store_, *check.model, check.backend->name(), check.result.inputs)) {
      kept_perplexities_.push_back(std::move(*kept));
    }
  }
}

void Accuracy::show(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  if (progress_) {
    progress_->starting(text);
  }
}

void Accuracy::report(const QualityResult& result) {
  if (!progress_) {
    return;
  }
  progress_->finished_one();
  if (result.verdict.gate != Gate::passed) {
    progress_->note(fmt::format("{} {}: accuracy {}: {}", result.model, result.backend,
                                words_of(result.verdict.gate), result.verdict.reason));
  }
}

std::size_t count_gates(const std::vector<QualityResult>& results, Gate gate) {
  return static_cast<std::size_t>(std::count_if(
      results.begin(), results.end(), [&](const QualityResult& one) { return one.verdict.gate == gate; }));
}

}  // namespace inferscale::study
