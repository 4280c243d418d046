#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <vector>

#include "client/registry.hpp"
#include "client/worker_session.hpp"
#include "core/files.hpp"
#include "model/spec.hpp"
#include "support/load_request.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::test {

/// The workers that were built, asked what they are.
inline client::Registry built_workers() {
  client::RegistryOptions options;
  options.folders = {INFERSCALE_BIN_DIR};
  options.hello_timeout_s = 120;
  return client::Registry::discover(options);
}

/// All logits of a graph, row-major [batch, positions, vocabulary], computed in a worker of its own.
inline Result<std::vector<float>> logits_of_graph(const client::RegisteredBackend& backend,
                                                  const std::filesystem::path& graph,
                                                  const model::DecoderSpec& config,
                                                  const std::vector<std::vector<std::int32_t>>& ids) {
  const auto deadline = Clock::now() + std::chrono::minutes(2);
  const TemporaryFolder folder;
  TRY_ASSIGN(protocol::LoadRequest request, load_request_of(backend.info.name, config));
  request.artifact = graph;
  request.logits = protocol::LogitsScope::all;
  TRY_ASSIGN(client::WorkerSession session, client::WorkerSession::start(backend.executable));
  TRY(session.load(request, deadline));
  TRY(session.logits({ids, folder / "logits"}, deadline));
  TRY_ASSIGN(const std::string bytes, read_file(folder / "logits"));
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

/// The largest difference, relative to the largest logit.
inline float relative_difference(const std::vector<float>& expected, const std::vector<float>& found) {
  EXPECT_EQ(found.size(), expected.size());
  float largest = 0;
  float difference = 0;
  for (std::size_t i = 0; i < std::min(found.size(), expected.size()); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    difference = std::max(difference, std::abs(expected[i] - found[i]));
  }
  EXPECT_GT(largest, 0.0F);
  return difference / largest;
}

}  // namespace inferscale::test
