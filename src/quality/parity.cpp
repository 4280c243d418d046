#include "quality/parity.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <system_error>

#include "core/files.hpp"
#include "protocol/prompt.hpp"
#include "quality/logit_row.hpp"

namespace inferscale::quality {
namespace {

constexpr int kSequences = 4;
constexpr int kTokens = 24;
constexpr std::uint64_t kSeed = 118;

LogitRow row_at(const StreamLogits& stream, int position) {
  const auto vocabulary = static_cast<std::size_t>(stream.vocabulary);
  return logit_row(
      std::span(stream.values).subspan(static_cast<std::size_t>(position) * vocabulary, vocabulary));
}

}  // namespace

std::vector<std::vector<std::int32_t>> parity_stream(int vocabulary, int max_positions) {
  const auto length = static_cast<std::size_t>(std::min(kTokens, max_positions));
  std::vector<std::int32_t> ids(kSequences * length);
  protocol::fill_prompt(kSeed, vocabulary, ids);
  std::vector<std::vector<std::int32_t>> sequences;
  for (std::size_t i = 0; i < kSequences; ++i) {
    const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(i * length);
    sequences.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(length));
  }
  return sequences;
}

Result<StreamLogits> stream_logits(client::WorkerSession& worker, const protocol::LoadRequest& loaded,
                                   const std::filesystem::path& scratch, Clock::time_point deadline) {
  return logits_of(worker, loaded, parity_stream(loaded.vocabulary, loaded.max_positions),
                   "the parity stream", scratch, deadline);
}

Result<StreamLogits> logits_of(client::WorkerSession& worker, const protocol::LoadRequest& loaded,
                               std::vector<std::vector<std::int32_t>> sequences, std::string_view what,
                               const std::filesystem::path& scratch, Clock::time_point deadline) {
  const int vocabulary = loaded.vocabulary;
  const protocol::LogitsRequest request{std::move(sequences), scratch};
  const int batch = static_cast<int>(request.tokens.size());
  const int length =
      loaded.logits == protocol::LogitsScope::all ? static_cast<int>(request.tokens[0].size()) : 1;
  TRY_ASSIGN(const protocol::LogitsReply reply, worker.logits(request, deadline));
  auto bytes = read_file(scratch);
  std::error_code ignored;
  std::filesystem::remove(scratch, ignored);
  if (!bytes) {
    return tl::unexpected(bytes.error());
  }
  StreamLogits stream;
  stream.positions = batch * length;
  stream.vocabulary = vocabulary;
  const auto count = static_cast<std::size_t>(stream.positions) * static_cast<std::size_t>(vocabulary);
  if (reply.shape != std::vector<int>{batch, length, vocabulary} || bytes->size() != count * sizeof(float)) {
    return fail_as(Outcome::invalid_output, "the logits of {} have shape [{}] and {} bytes", what,
                   fmt::join(reply.shape, ", "), bytes->size());
  }
  stream.values.resize(count);
  std::memcpy(stream.values.data(), bytes->data(), bytes->size());
  const auto bad =
      std::find_if(stream.values.begin(), stream.values.end(), [](float v) { return !std::isfinite(v); });
  if (bad != stream.values.end()) {
    return fail_as(Outcome::invalid_output, "a logit is NaN or infinite on {}: position {}, token {}", what,
                   (bad - stream.values.begin()) / vocabulary, (bad - stream.values.begin()) % vocabulary);
  }
  return stream;
}

record::ParityFigures compare_logits(const StreamLogits& reference, const StreamLogits& other) {
  record::ParityFigures figures;
  figures.positions = reference.positions;
  double largest_logit = 0;
  double error_squares = 0;
  double reference_squares = 0;
  int agreements = 0;
  for (int position = 0; position < reference.positions; ++position) {
    const LogitRow p = row_at(reference, position);
    const LogitRow q = row_at(other, position);
    double kl = 0;
    for (std::size_t i = 0; i < p.logits.size(); ++i) {
      const auto here = static_cast<double>(p.logits[i]);
      const auto there = static_cast<double>(q.logits[i]);
      const double centred = here - p.mean;
      const double error = (there - q.mean) - centred;
      largest_logit = std::max(largest_logit, std::abs(here));
      figures.largest_difference = std::max(figures.largest_difference, std::abs(there - here));
      error_squares += error * error;
      reference_squares += centred * centred;
      kl += std::exp(here - p.log_sum) * ((here - p.log_sum) - (there - q.log_sum));
    }
    figures.mean_kl += std::max(kl, 0.0);  // rounding may leave a hair below zero
    agreements += p.top == q.top ? 1 : 0;
  }
  const double positions = std::max(reference.positions, 1);
  figures.mean_kl /= positions;
  figures.top1_agreement = agreements / positions;
  figures.largest_relative_difference = relative(figures.largest_difference, largest_logit);
  figures.relative_error = std::sqrt(relative(error_squares, reference_squares));
  return figures;
}

}  // namespace inferscale::quality
