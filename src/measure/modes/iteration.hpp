#pragma once

#include <cstdint>
#include <vector>

#include "measure/backend.hpp"
#include "protocol/measurement.hpp"

namespace inferscale::measure {

/// The backend, and the buffers of one iteration. They are made once, before the loop. The functions that
/// pass sequences are for modes that run on Forward.
class IterationState {
 public:
  IterationState(Backend& backend, const protocol::LoadRequest& load,
                 const protocol::MeasureRequest& request);

  /// A forward pass over the prompt.
  Result<LogitsView> forward_prompt() { return forward_->forward({prompt_, shapes_.front()}); }
  /// A forward pass over each sequence with the tokens of all steps before `step`.
  Result<LogitsView> forward_sequences(std::size_t step);

  /// Keeps the argmax tokens of `logits` as those of `step`. The shape of `logits` must have been checked.
  void take_tokens(std::size_t step, const LogitsView& logits);

  /// Outcome::invalid_output unless logits have the shape of `step`.
  [[nodiscard]] Result<void> check_shape_of(std::size_t step, const LogitsView& logits) const;
  /// The same, and all logits must be finite. Reads every logit: not for timed iterations.
  [[nodiscard]] Result<void> check_output(std::size_t step, const LogitsView& logits) const;

  /// The prompt into the cache, or behind it the tokens of the step before.
  Result<CachedSteps::Chosen> cached_pass(std::size_t step);
  /// Keeps the tokens of `step`; Outcome::invalid_output unless there is one of the vocabulary a sequence.
  Result<void> take_chosen(std::size_t step, CachedSteps::Chosen chosen);
  /// Keeps how long the pass of `step` took.
  void keep_time(std::size_t step, double ms);
  /// Reads every logit of the last pass with a cache: not for timed iterations.
  [[nodiscard]] Result<void> check_last_logits() const;
  /// What comes back of a pass with a cache, without the values.
  [[nodiscard]] LogitsView logits_of_step() const;

  /// Adds what only modes with a cache measure.
  void add_cached(protocol::Measurement& measurement);

  /// Of the passes, in order.
  [[nodiscard]] const std::vector<protocol::Shape>& shapes() const { return shapes_; }
  /// A list a sequence.
  [[nodiscard]] std::vector<std::vector<std::int32_t>> tokens() const;

 private:
  /// Lays the sequences so far out as [batch, length].
  void pack(std::size_t step);

  Forward* forward_;           ///< null for a backend that has none
  CachedSteps* cached_steps_;  ///< the same
  const protocol::LoadRequest& load_;
  std::vector<protocol::Shape> shapes_;
  std::vector<std::int32_t> prompt_;                  // [batch, prompt]
  std::vector<std::int32_t> ids_;                     // [batch, length of the step]
  std::vector<std::vector<std::int32_t>> generated_;  // [step][sequence]
  protocol::CacheShape cache_;
  std::vector<double> first_ms_, step_ms_;  // of passes with a cache: over the prompt, and all others
};

/// How a worker runs a mode: one file in this folder, and one line in modes.cpp. The mode's descriptor
/// (protocol/modes/descriptor.hpp) says what the mode is.
struct ModeIteration {
  protocol::Mode id;
  /// Whether the backend has the interface that run() needs: hello's `can` names the mode then.
  bool (*runs_on)(const Backend& backend);
  /// Before anything is timed.
  Result<void> (*prepare)(Backend& backend, const protocol::MeasureRequest& request);
  /// One iteration: the timed region. `check` looks at each output, in iterations that are not timed.
  Result<LogitsView> (*run)(IterationState& state, bool check);
  /// After the loop: checks the last output, and keeps the tokens that run() has not kept.
  Result<void> (*finish)(IterationState& state, const LogitsView& last);
};

/// Of modes that run on Forward: all shapes of the request, in order.
Result<void> prepare_passes(Backend& backend, const protocol::MeasureRequest& request);

extern const ModeIteration kPrefillIteration, kGenerateIteration, kDecodeIteration;

/// Null for a mode that workers do not run.
const ModeIteration* find_iteration(protocol::Mode mode);

/// Adds an iteration to the list, for a test; as protocol::add_mode_for_test.
void add_iteration_for_test(const ModeIteration& iteration);

}  // namespace inferscale::measure
