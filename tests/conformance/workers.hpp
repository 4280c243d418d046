#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "artifact/store.hpp"
#include "client/registry.hpp"
#include "client/worker_session.hpp"
#include "support/temporary_folder.hpp"

namespace inferscale::test {

/// Every backend that can run here, of the workers that were built and of the examples.
const std::vector<client::RegisteredBackend>& usable_backends();

/// gtest's name of a parameter: letters and digits only.
std::string parameter_name(const ::testing::TestParamInfo<client::RegisteredBackend>& info);

inline Clock::time_point soon() {
  return Clock::now() + std::chrono::seconds(120);
}

/// What a backend loads for a model, made once a program run in a folder that goes with it. An engine has
/// passes for the caches of `scenarios` alone.
protocol::LoadRequest load_request(const client::RegisteredBackend& backend, const model::Model& model,
                                   protocol::LogitsScope scope, protocol::Mode mode = protocol::kDefaultMode,
                                   const std::vector<protocol::Scenario>& scenarios = {});
/// The deadline begins once what is loaded is made: an engine may take longer than loading it.
inline auto load(client::WorkerSession& session, const protocol::LoadRequest& request) {
  return session.load(request, soon());
}
/// A small model with a small vocabulary: "gpt2:layers=2,hidden=16,heads=2,vocabulary=61,positions=32".
const model::Model& small_model();

/// Tests of one backend.
class BackendTest : public ::testing::TestWithParam<client::RegisteredBackend> {
 protected:
  /// A fresh worker, not loaded.
  static client::WorkerSession start() {
    auto session = client::WorkerSession::start(GetParam().executable);
    EXPECT_TRUE(session) << session.error().message;
    return std::move(*session);
  }
  static client::WorkerSession start_loaded(const model::Model& model = small_model(),
                                            protocol::LogitsScope scope = protocol::LogitsScope::all) {
    auto session = start();
    const auto loaded = load(session, load_request(GetParam(), model, scope));
    EXPECT_TRUE(loaded) << loaded.error().message;
    return session;
  }
  TemporaryFolder folder_;
};

#define INFERSCALE_FOR_EVERY_BACKEND(suite)                                                            \
  INSTANTIATE_TEST_SUITE_P(Workers, suite, ::testing::ValuesIn(::inferscale::test::usable_backends()), \
                           ::inferscale::test::parameter_name)

}  // namespace inferscale::test
