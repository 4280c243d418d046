#include "measure/modes/iteration.hpp"

#include <cstring>

#include "measure/logits.hpp"
#include "protocol/prompt.hpp"

namespace inferscale::measure {

using namespace protocol;

namespace {

std::size_t size_of(int value) {
  return static_cast<std::size_t>(value);
}

}  // namespace

IterationState::IterationState(Backend& backend, const LoadRequest& load, const MeasureRequest& request)
    : forward_(interface_of<Forward>(backend)), load_(load), shapes_(shapes_of(request)) {
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

Result<void> prepare_passes(Backend& backend, std::span<const Shape> shapes) {
  return interface_of<Forward>(backend)->prepare(shapes);
}

}  // namespace inferscale::measure
