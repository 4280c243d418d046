#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <tuple>
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

/// A fresh worker, not loaded.
client::WorkerSession start_worker(const client::RegisteredBackend& backend);
client::WorkerSession start_loaded_worker(const client::RegisteredBackend& backend, const model::Model& model,
                                          protocol::LogitsScope scope);

/// Tests of one backend.
class BackendTest : public ::testing::TestWithParam<client::RegisteredBackend> {
 protected:
  static client::WorkerSession start() { return start_worker(GetParam()); }
  static client::WorkerSession start_loaded(const model::Model& model = small_model(),
                                            protocol::LogitsScope scope = protocol::LogitsScope::all) {
    return start_loaded_worker(GetParam(), model, scope);
  }
  TemporaryFolder folder_;
};

/// Tests of one backend on one model of a list: a failure names both, and they can run side by side.
class ModelTest : public ::testing::TestWithParam<std::tuple<std::string, client::RegisteredBackend>> {
 protected:
  static const std::string& model_name() { return std::get<0>(GetParam()); }
  static const client::RegisteredBackend& backend() { return std::get<1>(GetParam()); }
  TemporaryFolder folder_;
};
/// gtest's name of its parameter, the backend last: as much of the model's as tells it from the others.
std::string model_parameter_name(const ::testing::TestParamInfo<ModelTest::ParamType>& info);

#define INFERSCALE_FOR_EVERY_BACKEND(suite)                                                            \
  INSTANTIATE_TEST_SUITE_P(Workers, suite, ::testing::ValuesIn(::inferscale::test::usable_backends()), \
                           ::inferscale::test::parameter_name)
#define INFERSCALE_FOR_EVERY_MODEL_AND_BACKEND(suite, models)                                              \
  INSTANTIATE_TEST_SUITE_P(Workers, suite,                                                                 \
                           ::testing::Combine(::testing::ValuesIn(models),                                 \
                                              ::testing::ValuesIn(::inferscale::test::usable_backends())), \
                           ::inferscale::test::model_parameter_name)

}  // namespace inferscale::test
