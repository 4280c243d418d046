#include <cmath>
#include <utility>

#include "protocol/messages.hpp"

namespace inferscale::protocol {

Result<void> read_sequences(FieldReader& fields, std::string_view name,
                            std::vector<std::vector<std::int32_t>>& sequences) {
  const auto place = fields.place_of(name);
  const Json* lists = fields.find(name);
  if (lists == nullptr || !lists->is_array() || lists->empty()) {
    return fail("{}: must be a list of at least one list of token ids", place);
  }
  for (const Json& list : *lists) {
    std::vector<std::int32_t> ids;
    Json holder = Json::object();
    holder["ids"] = list;
    FieldReader one(holder, place);
    TRY(one.require("ids", ids));
    if (ids.empty()) {
      return fail("{}: a list of token ids is empty", place);
    }
    sequences.push_back(std::move(ids));
  }
  return {};
}

Json to_json(const ScoreRequest& request) {
  Json json = Json::object();
  json["type"] = "score";
  json["tokens"] = request.tokens;
  json["length"] = request.length;
  return json;
}

Result<ScoreRequest> parse_score_request(const Json& message) {
  FieldReader fields(message, "score");
  fields.find("type");
  ScoreRequest request;
  TRY(read_sequences(fields, "tokens", request.tokens));
  TRY(fields.read("length", request.length));
  TRY(fields.finish());
  if (request.length < 0) {
    return fail("score: field 'length' must not be negative");
  }
  return request;
}

Json to_json(const Scores& scores) {
  Json json = Json::object();
  json["type"] = "scored";
  json["log_probabilities"] = scores.log_probabilities;
  json["forward_s"] = scores.forward_s;
  return json;
}

Result<Scores> parse_scores(const Json& message, const ScoreRequest& request, const std::string& place) {
  constexpr double kRounding = 1e-3;  // a probability of 1 in a low precision
  FieldReader fields(message, place + ": scored");
  Scores scores;
  TRY(fields.read("forward_s", scores.forward_s));
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
