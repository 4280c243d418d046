#include "worker/activations.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>

#include "worker/protocol.hpp"
#include "worker/token_ids.hpp"

namespace inferscale {
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

/// Without their sign, the bits of floats order as the floats do, and those of infinity and NaN lie above all
/// others: an integer maximum, which compilers vectorise, finds the largest magnitude and what is not finite.
float largest_magnitude(std::span<const float> values) {
  std::uint32_t largest = 0;
  for (const float value : values) {
    largest = std::max(largest, std::bit_cast<std::uint32_t>(value) & 0x7fffffffU);
  }
  return std::bit_cast<float>(largest);
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
  TRY(read_sequences(fields, "tokens", request.tokens));
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

Result<ActivationSummary> summarise(const ActivationView& tensor, int bins, double range) {
  const float largest = largest_magnitude(tensor.values);
  if (!std::isfinite(largest)) {
    const auto found = std::find_if_not(tensor.values.begin(), tensor.values.end(),
                                        [](float value) { return std::isfinite(value); });
    return fail_as(Outcome::invalid_output, "the activation '{}' has the value {} at element {}", tensor.name,
                   *found, found - tensor.values.begin());
  }
  ActivationSummary summary;
  summary.name = tensor.name;
  summary.largest = largest;
  summary.counts.assign(static_cast<std::size_t>(bins), 0);
  const double bins_a_unit = range > 0 ? bins / range : 0;
  for (std::size_t i = 0; bins > 0 && i < tensor.values.size(); ++i) {
    const double magnitude = std::abs(static_cast<double>(tensor.values[i]));
    ++summary.counts[static_cast<std::size_t>(std::min(magnitude * bins_a_unit, bins - 1.0))];
  }
  return summary;
}

Result<ActivationsReply> observe(Backend& backend, const LoadRequest& loaded,
                                 const ActivationsRequest& request) {
  const Shape shape{static_cast<int>(request.tokens.size()), static_cast<int>(request.tokens[0].size())};
  TRY_ASSIGN(const auto ids, flat_token_ids(request.tokens, loaded, "activations"));
  TRY_ASSIGN(const auto views, backend.activations({ids, shape}));
  ActivationsReply reply;
  for (const auto& view : views) {
    const auto range = request.ranges.find(view.name);
    if (request.bins > 0 && range == request.ranges.end()) {
      return fail("activations: 'ranges' has no '{}'", view.name);
    }
    TRY_ASSIGN(ActivationSummary summary,
               summarise(view, request.bins, range == request.ranges.end() ? 0 : range->second));
    reply.tensors.push_back(std::move(summary));
  }
  return reply;
}

}  // namespace inferscale
