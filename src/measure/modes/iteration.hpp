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

  /// Of the passes, in order.
  [[nodiscard]] const std::vector<protocol::Shape>& shapes() const { return shapes_; }
  /// A list a sequence.
  [[nodiscard]] std::vector<std::vector<std::int32_t>> tokens() const;

 private:
  /// Lays the sequences so far out as [batch, length].
  void pack(std::size_t step);

  Forward* forward_;  ///< null for a backend that has none
  const protocol::LoadRequest& load_;
  std::vector<protocol::Shape> shapes_;
  std::vector<std::int32_t> prompt_;                  // [batch, prompt]
  std::vector<std::int32_t> ids_;                     // [batch, length of the step]
  std::vector<std::vector<std::int32_t>> generated_;  // [step][sequence]
};

/// How a worker runs a mode: one file in this folder, and one line in modes.cpp. The mode's descriptor
/// (protocol/modes/descriptor.hpp) says what the mode is.
struct ModeIteration {
  protocol::Mode id;
  /// Whether the backend has the interface that run() needs: hello's `can` names the mode then.
  bool (*runs_on)(const Backend& backend);
  /// Before anything is timed: all shapes of the request, in order.
  Result<void> (*prepare)(Backend& backend, std::span<const protocol::Shape> shapes);
  /// One iteration: the timed region. `check` looks at each output, in iterations that are not timed.
  Result<LogitsView> (*run)(IterationState& state, bool check);
  /// After the loop: checks the last output, and keeps the tokens that run() has not kept.
  Result<void> (*finish)(IterationState& state, const LogitsView& last);
};

/// Of modes that run on Forward.
Result<void> prepare_passes(Backend& backend, std::span<const protocol::Shape> shapes);

extern const ModeIteration kPrefillIteration, kGenerateIteration;

/// Null for a mode that workers do not run.
const ModeIteration* find_iteration(protocol::Mode mode);

/// Adds an iteration to the list, for a test; as protocol::add_mode_for_test.
void add_iteration_for_test(const ModeIteration& iteration);

}  // namespace inferscale::measure
