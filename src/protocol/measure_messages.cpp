#include "protocol/message_fields.hpp"

// The messages "measure" and "measured".

namespace inferscale::protocol {

Json to_json(const MeasureRequest& request) {
  return message_json("measure", request);
}

Result<MeasureRequest> parse_measure_request(const Json& message) {
  return read_request<MeasureRequest>(message, "measure");
}

Json to_json(const Measurement& measurement) {
  return message_json("measured", measurement);
}

Result<Measurement> parse_measurement(const Json& message, const std::string& where) {
  const std::string place = where + ": measured";
  TRY_ASSIGN(Measurement measurement, read_reply<Measurement>(message, place));
  if (measurement.iterations < 1 || measurement.warmup_iterations < 0 || !(measurement.latency_ms.mean > 0)) {
    return fail("{}: iterations must be at least 1 and the mean latency above 0", place);
  }
  return measurement;
}

}  // namespace inferscale::protocol
