#include "measure/modes/iteration.hpp"

#include <algorithm>
#include <cstring>

#include "measure/logits.hpp"
#include "measure/summary.hpp"
#include "protocol/prompt.hpp"

namespace inferscale::measure {

using namespace protocol;

namespace {

std::size_t size_of(int value) {
  return static_cast<std::size_t>(value);
}

}  // namespace

IterationState::IterationState(Backend& backend, const LoadRequest& load, const MeasureRequest& request)
    : forward_(interface_of<Forward>(backend)),
      cached_steps_(interface_of<CachedSteps>(backend)),
      load_(load),
      shapes_(shapes_of(request)),
      cache_(cache_of(request)) {
  const Shape& longest = shapes_.back();
  prompt_.resize(size_of(request.scenario.batch) * size_of(request.scenario.prompt_tokens));
  fill_prompt(request.token_seed, load.vocabulary, prompt_);
  ids_.resize(size_of(longest.batch) * size_of(longest.length));
  generated_.assign(shapes_.size(), std::vector<std::int32_t>(size_of(longest.batch)));
}

Result<LogitsView> IterationState::forward_sequences(std::size_t step) {
  pack(step);
  const Shape& shape = shapes_[step];
  return forward_->forward({{ids_.data(), size_of(shape.batch) * size_of(shape.length)}, shape});
}

void IterationState::take_tokens(std::size_t step, const LogitsView& logits) {
  argmax_last(logits, generated_[step]);
}

Result<void> IterationState::check_shape_of(std::size_t step, const LogitsView& logits) const {
  return check_shape(logits, shapes_[step], load_.logits, load_.vocabulary);
}

Result<void> IterationState::check_output(std::size_t step, const LogitsView& logits) const {
  TRY(check_shape_of(step, logits));
  return check_finite(logits);
}

Result<CachedSteps::Chosen> IterationState::cached_pass(std::size_t step) {
  return step == 0 ? cached_steps_->start({prompt_, shapes_.front()}, cache_)
                   : cached_steps_->step(generated_[step - 1]);
}

Result<void> IterationState::take_chosen(std::size_t step, CachedSteps::Chosen chosen) {
  auto& kept = generated_[step];
  const bool known = std::all_of(chosen.begin(), chosen.end(),
                                 [&](std::int32_t id) { return id >= 0 && id < load_.vocabulary; });
  if (chosen.size() != kept.size() || !known) {
    return fail_as(Outcome::invalid_output,
                   "step {} chose {} tokens of which {} is outside the vocabulary of {}", step, chosen.size(),
                   known ? "none" : "one", load_.vocabulary);
  }
  std::copy(chosen.begin(), chosen.end(), kept.begin());
  return {};
}

void IterationState::keep_time(std::size_t step, double ms) {
  (step == 0 ? first_ms_ : step_ms_).push_back(ms);
}

Result<void> IterationState::check_last_logits() const {
  TRY_ASSIGN(const LogitsView logits, cached_steps_->last_logits());
  TRY(check_shape(logits, shapes_.front(), LogitsScope::last, load_.vocabulary));
  return check_finite(logits);
}

LogitsView IterationState::logits_of_step() const {
  return {nullptr, ElementType::f32, shapes_.front().batch, 1, load_.vocabulary};
}

void IterationState::add_cached(Measurement& measurement) {
  if (first_ms_.empty()) {
    return;
  }
  measurement.time_to_first_token_ms = summarize(first_ms_).mean;
  if (!step_ms_.empty()) {
    measurement.time_per_output_token_ms = summarize(step_ms_);
  }
  measurement.kv_bytes_per_token = cached_steps_->kv_bytes_per_token();
}

std::vector<std::vector<std::int32_t>> IterationState::tokens() const {
  std::vector<std::vector<std::int32_t>> result(generated_[0].size());
  for (std::size_t sequence = 0; sequence < result.size(); ++sequence) {
    for (const auto& step : generated_) {
      result[sequence].push_back(step[sequence]);
    }
  }
  return result;
}

void IterationState::pack(std::size_t step) {
  const auto batch = size_of(shapes_[0].batch);
  const auto prompt = size_of(shapes_[0].length);
  for (std::size_t sequence = 0; sequence < batch; ++sequence) {
    std::int32_t* row = ids_.data() + sequence * (prompt + step);
    std::memcpy(row, prompt_.data() + sequence * prompt, prompt * sizeof(std::int32_t));
    for (std::size_t done = 0; done < step; ++done) {
      row[prompt + done] = generated_[done][sequence];
    }
  }
}

Result<void> prepare_passes(Backend& backend, const MeasureRequest& request) {
  return interface_of<Forward>(backend)->prepare(shapes_of(request));
}

}  // namespace inferscale::measure
