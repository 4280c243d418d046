#include "protocol/activations.hpp"

#include <algorithm>
#include <utility>

#include "protocol/message_fields.hpp"

namespace inferscale::protocol {
namespace {

Result<void> parse_ranges(const Json* json, std::map<std::string, double>& ranges) {
  if (json == nullptr) {
    return {};
  }
  if (!json->is_object()) {
    return fail("activations: field 'ranges' must be an object of numbers");
  }
  FieldReader fields(*json, "activations: ranges");
  for (const auto& [name, value] : json->items()) {
    TRY(fields.read(name, ranges[name]));
    if (ranges[name] < 0) {
      return fail("activations: ranges: field '{}' is negative", name);
    }
  }
  return {};
}

Result<ActivationSummary> parse_summary(const Json& json, const std::string& place) {
  FieldReader fields(json, place);
  ActivationSummary summary;
  TRY(fields.require("name", summary.name));
  TRY(fields.require("largest", summary.largest));
  if (const Json* counts = fields.find("counts")) {
    if (!counts->is_array() || !std::all_of(counts->begin(), counts->end(), [](const Json& count) {
          return count.is_number_integer() && count.get<std::int64_t>() >= 0;
        })) {
      return fail("{}: field 'counts' must be a list of counts", place);
    }
    summary.counts = counts->get<std::vector<std::int64_t>>();
  }
  if (summary.largest < 0) {
    return fail("{}: field 'largest' is negative", place);
  }
  return summary;
}

}  // namespace

Json to_json(const ActivationsRequest& request) {
  Json json = Json::object();
  json["type"] = "activations";
  json["tokens"] = request.tokens;
  json["bins"] = request.bins;
  json["ranges"] = Json::object();
  for (const auto& [name, range] : request.ranges) {
    json["ranges"][name] = range;
  }
  return json;
}

Result<ActivationsRequest> parse_activations_request(const Json& message) {
  FieldReader fields(message, "activations");
  fields.find("type");
  ActivationsRequest request;
  TRY(SequencesCodec::read(fields, "tokens", request.tokens));
  const auto length = request.tokens[0].size();
  if (std::any_of(request.tokens.begin(), request.tokens.end(),
                  [&](const auto& ids) { return ids.size() != length; })) {
    return fail("activations: the lists of 'tokens' must have one length");
  }
  TRY(fields.read("bins", request.bins));
  if (request.bins < 0 || request.bins > kMaxHistogramBins) {
    return fail("activations: field 'bins' must be 0 to {}, not {}", kMaxHistogramBins, request.bins);
  }
  TRY(parse_ranges(fields.find("ranges"), request.ranges));
  TRY(fields.finish());
  return request;
}

Json to_json(const ActivationsReply& reply) {
  Json json = Json::object();
  json["type"] = "activations";
  json["tensors"] = Json::array();
  for (const auto& tensor : reply.tensors) {
    Json item{{"name", tensor.name}, {"largest", tensor.largest}};
    if (!tensor.counts.empty()) {
      item["counts"] = tensor.counts;
    }
    json["tensors"].push_back(std::move(item));
  }
  return json;
}

Result<ActivationsReply> parse_activations_reply(const Json& message, const std::string& where) {
  const std::string place = where + ": activations";
  FieldReader fields(message, place);
  const Json* tensors = fields.find("tensors");
  if (tensors == nullptr || !tensors->is_array()) {
    return fail("{}: field 'tensors' must be a list", place);
  }
  ActivationsReply reply;
  for (const Json& item : *tensors) {
    TRY_ASSIGN(ActivationSummary summary, parse_summary(item, place));
    reply.tensors.push_back(std::move(summary));
  }
  return reply;
}

}  // namespace inferscale::protocol
