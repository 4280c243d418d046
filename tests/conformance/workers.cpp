#include "workers.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>

#include "artifact/model_files.hpp"
#include "protocol/needs.hpp"
#include "support/load_request.hpp"

namespace inferscale::test {

using namespace client;

namespace {

artifact::ArtifactStore& store() {
  static TemporaryFolder folder;
  static artifact::ArtifactStore artifacts(folder.path());
  return artifacts;
}

RegistryOptions built_workers() {
  RegistryOptions options;
  options.folders = {INFERSCALE_BIN_DIR, INFERSCALE_BIN_DIR "/../lib/inferscale/workers",
                     INFERSCALE_EXAMPLE_WORKERS};
  options.hello_timeout_s = 120;
  return options;
}

/// For the int8 graphs that need calibration.
const artifact::CalibrationRunner& runner() {
  static const artifact::CalibrationRunner calibrating =
      artifact::calibration_runner(Registry::discover(built_workers()));
  return calibrating;
}

/// A process of the worker that builds one engine after another: a runtime that loads its kernels first, for
/// seconds, loads them once.
class Builders {
 public:
  WorkerSession* of(const RegisteredBackend& backend) {
    const auto found = sessions_.find(backend.executable);
    if (found != sessions_.end()) {
      return &found->second;
    }
    auto session = WorkerSession::start(backend.executable);
    EXPECT_TRUE(session) << session.error().message;
    return session ? &sessions_.emplace(backend.executable, std::move(*session)).first->second : nullptr;
  }
  /// What failed may have taken its process along.
  void drop(const RegisteredBackend& backend) { sessions_.erase(backend.executable); }

 private:
  std::map<std::filesystem::path, WorkerSession> sessions_;
};

Builders& builders() {
  static Builders all;
  return all;
}

/// Of the variable INFERSCALE_CONFORMANCE_OPTIONS: JSON as a plan's backend_options. What takes long to build
/// can be built faster for these tests.
Json options_for(const std::string& backend) {
  const char* variable = "INFERSCALE_CONFORMANCE_OPTIONS";
  const char* text = std::getenv(variable);
  if (text == nullptr) {
    return Json::object();
  }
  const auto all = parse_json(text, variable);
  if (!all || !all->is_object()) {
    ADD_FAILURE() << (all ? fmt::format("{} is no object", variable) : all.error().message);
    return Json::object();
  }
  return all->value(backend, Json::object());
}

std::string letters_and_digits(std::string name) {
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

}  // namespace

const std::vector<RegisteredBackend>& usable_backends() {
  static const std::vector<RegisteredBackend> backends = [] {
    const auto registry = Registry::discover(built_workers());
    std::vector<RegisteredBackend> usable;
    for (const auto& backend : registry.backends()) {
      if (backend.available()) {
        usable.push_back(backend);
      }
    }
    return usable;
  }();
  return backends;
}

std::string parameter_name(const ::testing::TestParamInfo<RegisteredBackend>& info) {
  return letters_and_digits(info.param.info.name);
}

std::string model_parameter_name(const ::testing::TestParamInfo<ModelTest::ParamType>& info) {
  const auto& [model, backend] = info.param;
  return letters_and_digits(fmt::format("{}_{}", model, backend.info.name));
}

WorkerSession start_worker(const RegisteredBackend& backend) {
  auto session = WorkerSession::start(backend.executable);
  EXPECT_TRUE(session) << session.error().message;
  return std::move(*session);
}

WorkerSession start_loaded_worker(const RegisteredBackend& backend, const model::Model& model,
                                  protocol::LogitsScope scope) {
  auto session = start_worker(backend);
  const auto loaded = load(session, load_request(backend, model, scope));
  EXPECT_TRUE(loaded) << loaded.error().message;
  return session;
}

const model::Model& small_model() {
  static const model::Model model =
      *model::resolve_model("gpt2:layers=2,hidden=16,heads=2,vocabulary=61,positions=32");
  return model;
}

protocol::LoadRequest load_request(const RegisteredBackend& backend, const model::Model& model,
                                   protocol::LogitsScope scope, protocol::Mode mode,
                                   const std::vector<protocol::Scenario>& scenarios) {
  protocol::LoadRequest request = *load_request_of(backend.info.name, model.config);
  request.logits = scope;
  request.model = to_json(model.config);
  request.seed = 118;
  artifact::FilesRequest wanted;
  wanted.backend = backend.info;
  wanted.backend.needs = needs_of(backend.info, mode);
  wanted.modes = {mode};
  wanted.scenarios = scenarios;
  wanted.worker = backend.executable;
  wanted.seed = request.seed;
  wanted.logits = scope;
  wanted.runner = runner();
  wanted.options = options_for(backend.info.name);
  request.options = artifact::worker_options(wanted.options);
  if (protocol::is_built(backend.info)) {
    wanted.builder = builders().of(backend);
  }
  const auto files = make_model_files(model, wanted, store());
  if (!files || files->not_made) {
    builders().drop(backend);
  }
  EXPECT_TRUE(files) << files.error().message;
  EXPECT_FALSE(files->not_made) << files->not_made->message;
  request.artifact = files->artifact;
  request.weights = files->weights;
  return request;
}

// At least the null worker and the example were built: a suite over no backend would pass for nothing.
TEST(Conformance, CoversTheWorkersThatWereBuilt) {
  for (const char* name : {"null-cpu", "pseudo-cpu"}) {
    EXPECT_TRUE(std::any_of(usable_backends().begin(), usable_backends().end(), [&](const auto& backend) {
      return backend.info.name == name;
    })) << name;
  }
}

}  // namespace inferscale::test
