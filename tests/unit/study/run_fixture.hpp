#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "core/log.hpp"
#include "record/row_store.hpp"
#include "study/run.hpp"
#include "support/script_worker.hpp"
#include "support/temporary_folder.hpp"

// A study of workers that are shell scripts, and what they did.

namespace inferscale::study {

/// Answers as a worker does, and notes in a file what it is at.
inline constexpr const char* kWorker = R"(while read -r line; do case "$line" in
  *'"type":"hello"'*) echo '{"type":"hello","protocol":1,"minor":1,"worker":"w","runtime":"W","runtime_version":"1","backends":[]}';;
  *'"type":"load"'*) echo load >> EVENTS; LOADING; echo '{"type":"loaded","load_s":0.1}';;
  *'"type":"measure"'*) echo measure >> EVENTS; MEASURING; sleep 0.02; echo measured >> EVENTS
    echo '{"type":"measured","warmup_iterations":1,"iterations":2,"latency_ms":{"mean":1,"median":1,"p90":1,"p99":1,"min":1,"max":1,"sd":0},"output_shape":[1,1,50257],"new_tokens":[[7]]}';;
  *) exit 0;;
esac; done)";

class RunTest : public ::testing::Test {
 public:
  RunTest() { set_log_level(LogLevel::quiet); }
  RunTest(const RunTest&) = delete;
  RunTest& operator=(const RunTest&) = delete;
  ~RunTest() override { set_log_level(LogLevel::info); }  // other tests look at what is logged

 protected:
  /// `unavailable`: why the backend cannot run; empty when it can. Its rows then have the outcome.
  Result<RunSummary> run(int repetitions, int parallel_loads, const std::string& loading = ":",
                         const std::string& unavailable = {}, Outcome outcome = Outcome::unsupported) {
    auto body = test::filled(kWorker, "EVENTS", "'" + events_file().string() + "'");
    body = test::filled(test::filled(body, "LOADING", loading), "MEASURING", measuring_);
    StudyBackend backend;
    backend.info.name = "w";
    backend.info.artifact = "none";
    backend.worker = test::script_worker(folder_.path(), "worker", body);
    if (!unavailable.empty()) {
      backend.known_outcome = KnownOutcome{outcome, unavailable};
    }
    return run(repetitions, parallel_loads, {"tiny-gpt2"}, {backend});
  }

  Result<RunSummary> run(int repetitions, int parallel_loads, const std::vector<std::string>& models,
                         const std::vector<StudyBackend>& backends,
                         const std::map<std::string, Json>& settings = {}) {
    PreparedStudy study;
    study.plan.name = study.plan.label = "order";
    study.plan.scenarios = scenarios_;
    study.plan.modes = {protocol::Mode::prefill};
    study.plan.repetitions = repetitions;
    study.plan.parallel_loads = parallel_loads;
    study.plan.share_workers = share_workers_;
    study.plan.logits = protocol::LogitsScope::last;
    study.plan.threads = 1;
    study.plan.backend_options = settings;
    for (const auto& model : models) {
      study.models.push_back(*model::resolve_model(model));
      study.plan.models.push_back(study.models.back().name);
    }
    for (const auto& backend : backends) {
      study.backends.push_back(backend);
      study.plan.backends.push_back(backend.info.name);
    }
    study.order = schedule(study.plan);
    study.cpus = {0};
    RunOptions options;
    options.results_root = folder_.path() / "results";
    options.artifacts_root = folder_.path() / "artifacts";
    return run_study(study, options);
  }

  /// A model's folder, without its weights.
  [[nodiscard]] std::filesystem::path small_model() const {
    auto folder = folder_.path() / "mine";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "config.json") << R"({"model_type": "gpt2", "n_layer": 1, "n_embd": 4, "n_head": 2,
      "vocab_size": 61, "n_positions": 32})";
    return folder;
  }

  [[nodiscard]] std::vector<std::string> events() const {
    std::ifstream file(events_file());
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
      lines.push_back(line);
    }
    return lines;
  }
  [[nodiscard]] std::filesystem::path events_file() const { return folder_.path() / "events"; }
  [[nodiscard]] std::vector<record::Row> rows() const {
    const auto store = record::RowStore::open(folder_.path() / "results" / "order");
    return store ? store->rows() : std::vector<record::Row>{};
  }

  std::vector<protocol::Scenario> scenarios_{protocol::builtin_scenarios()[0]};
  bool share_workers_ = false;
  std::string measuring_ = ":";  ///< what the worker does then, as shell

  test::TemporaryFolder folder_;
};

}  // namespace inferscale::study
