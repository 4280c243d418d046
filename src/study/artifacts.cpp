#include "study/artifacts.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "artifact/model_files.hpp"
#include "artifact/used_files.hpp"
#include "core/log.hpp"
#include "core/side_by_side.hpp"
#include "protocol/needs.hpp"
#include "study/progress.hpp"

namespace inferscale::study {

using namespace artifact;

namespace {

/// Making a pair's files may hold a model's weights in memory. Runtimes that time kernels to choose among
/// them disturb each other, and the more so, the more there are.
constexpr std::size_t kMostPairsAtATime = 4;

FilesRequest files_request(const StudyBackend& backend, const protocol::ModeGroup& group,
                           const PreparedStudy& study, protocol::LogitsScope logits,
                           const RunOptions& options) {
  FilesRequest request;
  request.backend = backend.info;
  request.backend.needs = group.needs;
  request.worker = backend.worker;
  request.seed = study.plan.seed;
  request.logits = logits;
  request.options = options_of(study.plan, backend.name());
  request.corpus = study.plan.corpus;
  request.tokenizer = study.plan.tokenizer;
  request.runner = study.calibration;
  request.runner.cpus = study.cpus;
  request.runner.executor = options.executor;
  request.scenarios = study.plan.scenarios;
  request.modes = group.modes.empty() ? std::vector{protocol::kDefaultMode} : group.modes;
  request.new_tokens = study.plan.new_tokens;
  request.force_engine = options.force_engines;
  request.executor = options.executor;
  return request;
}

}  // namespace

/// The pairs whose files can be made. What takes longest begins first: the largest model, of its files the
/// engines, and of the engines the calibrated ones.
std::vector<StudyInputs::Pair> StudyInputs::needed_pairs(const PreparedStudy& study,
                                                         const std::vector<ModelBackend>& wanted) {
  std::vector<Pair> pairs;
  for (const auto& pair : wanted) {
    const StudyBackend& backend = study.backend_of(pair);
    if (backend.can_run()) {
      pairs.push_back({&study.model_of(pair), &backend});
    }
  }
  const auto effort = [](const Pair& pair) {
    const bool engine = is_built(pair.backend->info);
    const bool calibrated = takes_int8_graph(pair.backend->info);
    return std::tuple(parameter_count(pair.model->config), engine, calibrated);
  };
  std::stable_sort(pairs.begin(), pairs.end(),
                   [&](const Pair& a, const Pair& b) { return effort(a) > effort(b); });
  return pairs;
}

StudyInputs::StudyInputs(const PreparedStudy& study, const std::vector<ModelBackend>& pairs,
                         protocol::LogitsScope logits, const RunOptions& options, ArtifactStore& store,
                         ConcurrentWork& work)
    : study_(study), logits_(logits), options_(options), store_(store), work_(work) {
  pairs_at_a_time_ = std::min(static_cast<std::size_t>(study.plan.parallel_loads), kMostPairsAtATime);
  auto needed = needed_pairs(study, pairs);
  pairs_left_ = needed.size();
  maker_ = work_.begin(ConcurrentWork::Kind::prepares, [this, needed = std::move(needed)] {
    make_all(needed);
    finished_ = true;
  });
}

StudyInputs::~StudyInputs() {
  stopping_ = true;
  work_.wait_for(maker_);
}

Result<void> StudyInputs::wait() {
  work_.wait_for(maker_);
  const std::scoped_lock lock(mutex_);
  return failure_ ? Result<void>(tl::unexpected(*failure_)) : Result<void>();
}

bool StudyInputs::failed() const {
  const std::scoped_lock lock(mutex_);
  return failure_.has_value();
}

bool StudyInputs::go_on() const {
  return !failed() && !stopping_ && !options_.cancelled();
}

/// Some at a time: graphs are written and calibrated while a runtime builds engines.
void StudyInputs::make_all(const std::vector<Pair>& pairs) {
  std::vector<std::optional<FilesOfModes>> made(pairs.size());
  const auto make = [&](std::size_t i) {
    made[i] = make_one(pairs[i]);
    --pairs_left_;
    work_.notify();
  };
  side_by_side(pairs.size(), pairs_at_a_time_, [&] { return go_on(); }, make);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (made[i]) {
      for (const ModelFiles& files : *made[i]) {
        std::for_each(files.artifacts.begin(), files.artifacts.end(),
                      [this](const Artifact& artifact) { keep(artifact); });
      }
      keep_use(pairs[i], *made[i]);
    }
  }
}

/// None after a failure that is no pair's own.
std::optional<StudyInputs::FilesOfModes> StudyInputs::make_one(const Pair& pair) {
  FilesOfModes all;
  std::vector<Inputs> inputs;
  for (const protocol::ModeGroup& group : mode_groups(pair.backend->info, study_.plan.modes)) {
    FilesRequest request = files_request(*pair.backend, group, study_, logits_, options_);
    request.cancelled = request.runner.cancelled = [this] { return stopping_ || options_.cancelled(); };
    auto files = make_model_files(*pair.model, request, store_);
    const std::scoped_lock lock(mutex_);
    if (!files) {
      if (!failure_ && !request.cancelled()) {  // a making that we ended is no failure
        failure_ = files.error();
      }
      return std::nullopt;
    }
    log_made(pair, *files);
    std::optional<KnownOutcome> known;
    if (files->not_made) {
      known = KnownOutcome{files->not_made->outcome, files->not_made->message};
    }
    inputs.push_back({files->artifact, files->weights, known, files->quantization});
    all.push_back(std::move(*files));
  }
  const std::scoped_lock lock(mutex_);
  files_[ModelBackend{pair.model->name, pair.backend->name()}] = std::move(inputs);
  return all;
}

void StudyInputs::log_made(const Pair& pair, const ModelFiles& files) {
  for (const auto& artifact : files.artifacts) {
    if (!artifact.reused) {
      log_info("made {} in {}", artifact.path.string(), format_duration(artifact.seconds));
    }
  }
  if (files.not_made && is_degraded(files.not_made->outcome)) {
    log_info("no {} of {}: {}", pair.backend->name(), pair.model->name, files.not_made->message);
  }
}

void StudyInputs::keep(const Artifact& artifact) {
  const bool known = std::any_of(artifacts_.begin(), artifacts_.end(),
                                 [&](const Artifact& other) { return other.path == artifact.path; });
  if (!known) {
    artifacts_.push_back(artifact);
  }
}

void StudyInputs::keep_use(const Pair& pair, const FilesOfModes& files) {
  const model::Model& model = *pair.model;
  if (std::none_of(uses_.models.begin(), uses_.models.end(),
                   [&](const record::UsedModel& one) { return one.name == model.name; })) {
    uses_.models.push_back({model.name, parameter_count(model.config), model.config});
  }
  for (const protocol::Mode mode : study_.plan.modes) {
    const ModelFiles& of_mode = files[study_.files_of(pair.backend->name(), mode)];
    if (of_mode.not_made) {
      continue;
    }
    record::ArtifactUse use = use_of(of_mode, store_.root());
    use.model = model.name;
    use.backend = pair.backend->name();
    use.family = family_of(pair.backend->info);
    use.mode = mode;
    uses_.uses.push_back(std::move(use));
  }
}

std::string StudyInputs::sha256_of(const std::filesystem::path& artifact) const {
  const auto found = std::find_if(artifacts_.begin(), artifacts_.end(), [&](const Artifact& one) {
    return std::filesystem::absolute(one.path) == std::filesystem::absolute(artifact);
  });
  return found == artifacts_.end() ? std::string() : found->sha256;
}

bool StudyInputs::ready(const ModelBackend& pair) const {
  if (finished_ || !backend(pair).can_run()) {
    return true;
  }
  const std::scoped_lock lock(mutex_);
  return files_.contains(pair);
}

const Inputs& StudyInputs::files(const ModelBackend& pair, std::size_t group) const {
  static const Inputs none;
  const std::scoped_lock lock(mutex_);
  const auto found = files_.find(pair);
  return found == files_.end() ? none : found->second.at(group);
}

}  // namespace inferscale::study
