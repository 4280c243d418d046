#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "quality/cached_steps.hpp"
#include "quality/parity.hpp"
#include "quality/perplexity.hpp"
#include "study/repetition.hpp"
#include "study/study_corpus.hpp"

namespace inferscale::study {

/// What one worker said of one model: logits on the fixed stream, and perplexity where there is a corpus.
struct BackendQuality {
  std::string runtime_version;
  std::optional<quality::StreamLogits> logits;
  std::string logits_error;  ///< "crash: ..." where there are none
  std::optional<record::PerplexityRun> perplexity;
  std::string perplexity_error;
  std::optional<record::ParityFigures> exactness;  ///< of an int8 backend: exact_int8.hpp
  std::string exactness_error;
  // Of studies of a mode with a KV cache: cached_check.hpp.
  bool scores_no_steps = false;  ///< the worker is older, or has no cache
  std::optional<quality::Greedy> greedy;
  std::optional<record::GreedyComparison> greedy_uncached;
  std::optional<record::CachedPerplexity> cached_perplexity;
  std::string cached_error;
};

struct BackendQualityOptions {
  std::filesystem::path scratch;  ///< absolute: a file for logits, removed again
  bool wants_logits = true;
  bool background = false;              ///< at the lowest priority
  const ModelCorpus* corpus = nullptr;  ///< nullptr: no perplexity
  quality::Batching batching;           ///< max_length is the model's
  std::function<void(std::size_t done, std::size_t batches)> progress;
  /// What else the worker is asked, at the end.
  std::function<void(client::WorkerSession& worker, const protocol::LoadRequest& loaded)> also;
};

/// "crash: ..." of an answer that did not come.
std::string words_of(const Error& error);

/// A worker that has loaded the model, and its hello; within the plan's timeout_s.
Result<client::WorkerSession> loaded_worker(const StudyBackend& backend, const protocol::LoadRequest& request,
                                            const RepetitionSettings& settings, bool background,
                                            protocol::HelloReply& hello);
/// Of a worker that has answered everything; how it ends no longer matters.
void end_worker(client::WorkerSession& worker);

/// Starts a worker, loads the model (settings must ask for logits 'all'), asks, and ends the worker. Failures
/// are in the errors, led by their outcome. Each request has the plan's timeout_s.
BackendQuality measure_backend_quality(const model::Model& model, const StudyBackend& backend,
                                       const Inputs& inputs, const RepetitionSettings& settings,
                                       const BackendQualityOptions& options);

}  // namespace inferscale::study
