#include "calibration_batches.hpp"

#include <algorithm>

#include "core/json.hpp"

namespace inferscale::tensorrt {
namespace {

constexpr std::size_t kBatch = 8;

Result<std::vector<std::int32_t>> read_sample(const Json& sample, const std::string& place, int vocabulary) {
  if (!sample.is_array() || sample.empty()) {
    return fail("{}: a sample must be a list of token ids", place);
  }
  std::vector<std::int32_t> ids;
  for (const Json& id : sample) {
    if (!id.is_number_integer() || id < 0 || id >= vocabulary) {
      return fail("{}: {} is no token id of a vocabulary of {}", place, id.dump(), vocabulary);
    }
    ids.push_back(id.get<std::int32_t>());
  }
  return ids;
}

}  // namespace

Result<CalibrationBatches> read_calibration_batches(const std::filesystem::path& file, int vocabulary) {
  const std::string place = "calibration samples '" + file.string() + "'";
  TRY_ASSIGN(const Json json, read_json_file(file));
  const auto tokens = json.is_object() ? json.find("tokens") : json.end();
  if (!json.is_object() || tokens == json.end() || !tokens->is_array() || tokens->empty()) {
    return fail("{}: field 'tokens' must be a list of samples", place);
  }
  const std::size_t batch = std::min(kBatch, tokens->size());
  CalibrationBatches made;
  for (std::size_t i = 0; i < tokens->size() / batch * batch; ++i) {
    TRY_ASSIGN(const auto ids, read_sample((*tokens)[i], place, vocabulary));
    const int length = static_cast<int>(ids.size());
    if (i == 0) {
      made.shape = {static_cast<int>(batch), length};
    }
    if (length != made.shape.length) {
      return fail("{}: samples must have one length, and these have {} and {} tokens", place,
                  made.shape.length, length);
    }
    if (i % batch == 0) {
      made.batches.emplace_back();
    }
    made.batches.back().insert(made.batches.back().end(), ids.begin(), ids.end());
  }
  return made;
}

}  // namespace inferscale::tensorrt
