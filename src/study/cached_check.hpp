#pragma once

#include <filesystem>
#include <optional>

#include "study/artifacts.hpp"
#include "study/backend_quality.hpp"
#include "study/quality_check.hpp"

// What a backend computes through its KV cache, beside what it computes without: in studies of a mode with
// one, of workers that score single steps (docs/explanation/accuracy.md).

namespace inferscale::study {

/// How sequences are put through the cache: as the plan's scenario with the shortest prompt has it, since an
/// engine has passes for the plan's caches alone. None where the plan has no mode with a cache, or the model
/// no positions for one.
std::optional<protocol::CacheShape> checked_cache(const record::Plan& plan, const model::Model& model);

/// Where the pair has files of a mode with a cache: `result` then wants what comes through it, and its inputs
/// name what decides that.
void ask_for_cached(record::QualityResult& result, const PreparedStudy& study, const model::Model& model,
                    const StudyInputs& inputs);

/// One pair's check. Both halves fill in the answer; the first failure is its `cached_error`.
class CachedCheck {
 public:
  /// All must outlive it. `scratch`: an absolute path, where a file for logits may be for the time being.
  CachedCheck(const QualityCheck& check, const StudyInputs& inputs, const PreparedStudy& study,
              const RepetitionSettings& settings, std::filesystem::path scratch);

  /// Starts a worker with the files of the mode with a cache, and ends it.
  void ask_cached();
  /// Of the worker that has loaded the files of whole sequences.
  void ask_uncached(client::WorkerSession& worker, const protocol::LoadRequest& loaded);
  /// What both found out.
  void add_to(BackendQuality& answer) const;

 private:
  /// Not of a reference that has its verdict: its greedy tokens alone are needed, for the others.
  [[nodiscard]] bool is_judged() const { return check_.state != CheckState::logits_due; }
  Result<void> try_cached();
  Result<void> try_uncached(client::WorkerSession& worker, const protocol::LoadRequest& loaded);

  const QualityCheck& check_;
  const StudyInputs& inputs_;
  const PreparedStudy& study_;
  const RepetitionSettings& settings_;
  std::filesystem::path scratch_;
  protocol::CacheShape cache_;
  quality::TokenSequences windows_;
  quality::WindowScores scores_;
  double seconds_ = 0;
  BackendQuality found_;
};

}  // namespace inferscale::study
