#include <cmath>
#include <utility>

#include "protocol/message_fields.hpp"

namespace inferscale::protocol {

Json to_json(const ScoreRequest& request) {
  return message_json("score", request);
}

Result<ScoreRequest> parse_score_request(const Json& message) {
  TRY_ASSIGN(ScoreRequest request, read_request<ScoreRequest>(message, "score"));
  if (request.length < 0) {
    return fail("score: field 'length' must not be negative");
  }
  return request;
}

Json to_json(const Scores& scores) {
  return message_json("scored", scores);
}

Result<Scores> parse_scores(const Json& message, const ScoreRequest& request, const std::string& place) {
  constexpr double kRounding = 1e-3;  // a probability of 1 in a low precision
  FieldReader fields(message, place + ": scored");
  Scores scores;
  TRY(read_fields(fields, scores));
  const Json* lists = fields.find("log_probabilities");
  if (lists == nullptr || !lists->is_array() || lists->size() != request.tokens.size()) {
    return fail("{}: scored: field 'log_probabilities' must have a list for each of the {} sequences", place,
                request.tokens.size());
  }
  for (std::size_t s = 0; s < lists->size(); ++s) {
    const Json& list = (*lists)[s];
    if (!list.is_array() || list.size() + 1 != request.tokens[s].size()) {
      return fail("{}: scored: sequence {} of {} tokens must have {} log probabilities", place, s,
                  request.tokens[s].size(), request.tokens[s].size() - 1);
    }
    auto& values = scores.log_probabilities.emplace_back();
    for (const Json& number : list) {
      const double value = number.is_number() ? number.get<double>() : std::nan("");
      if (!std::isfinite(value) || value > kRounding) {  // a worker in Python may have sent NaN as null
        return fail_as(Outcome::invalid_output, "{}: scored: a log probability of sequence {} is {}", place,
                       s, to_line(number));
      }
      values.push_back(value);
    }
  }
  return scores;
}

}  // namespace inferscale::protocol
