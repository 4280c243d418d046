#include "artifact/observed_activations.hpp"

#include <algorithm>
#include <map>

#include "client/worker_session.hpp"
#include "core/log.hpp"
#include "machine/cpus.hpp"
#include "protocol/capability.hpp"

namespace inferscale::artifact {

using namespace protocol;

namespace {

constexpr std::chrono::minutes kLoadTime{10};
constexpr std::chrono::minutes kBatchTime{10};  // for eight samples of the largest model on a slow machine
constexpr double kProgressInterval_s = 5;

class Observer {
 public:
  Observer(client::WorkerSession session, const model::Model& model,
           const std::vector<std::vector<std::int32_t>>& samples)
      : session_(std::move(session)), model_(model), samples_(samples) {}

  /// One pass over all samples, added to `observed`.
  Result<void> pass(const char* what, int bins, std::vector<ObservedActivation>& observed) {
    auto reported = Clock::now();
    ActivationsRequest request;
    request.bins = bins;
    for (const auto& activation : observed) {
      request.ranges[activation.name] = activation.largest;
    }
    for (std::size_t begin = 0; begin < samples_.size(); begin += kCalibrationBatch) {
      const auto end = std::min<std::size_t>(begin + kCalibrationBatch, samples_.size());
      request.tokens.assign(samples_.begin() + static_cast<std::ptrdiff_t>(begin),
                            samples_.begin() + static_cast<std::ptrdiff_t>(end));
      TRY_ASSIGN(const ActivationsReply reply, session_.activations(request, Clock::now() + kBatchTime));
      TRY(add(reply, observed));
      if (end == samples_.size() || seconds_since(reported) >= kProgressInterval_s) {
        log_info("calibrating {}: {} of {} of {} samples", model_.name, what, end, samples_.size());
        reported = Clock::now();
      }
    }
    return {};
  }

 private:
  /// Every reply must be of the same tensors in the same order.
  [[nodiscard]] Result<void> add(const ActivationsReply& reply,
                                 std::vector<ObservedActivation>& observed) const {
    if (observed.empty()) {
      for (const auto& tensor : reply.tensors) {
        observed.push_back({tensor.name, 0, {}});
      }
    }
    if (reply.tensors.size() != observed.size() || observed.empty()) {
      return fail("{}: the worker showed {} activations, and {} were due", model_.name, reply.tensors.size(),
                  observed.size());
    }
    for (std::size_t i = 0; i < observed.size(); ++i) {
      const auto& tensor = reply.tensors[i];
      auto& sum = observed[i];
      sum.counts.resize(std::max(sum.counts.size(), tensor.counts.size()));
      if (tensor.name != sum.name || tensor.counts.size() != sum.counts.size()) {
        return fail("{}: the worker showed '{}' where '{}' was due", model_.name, tensor.name, sum.name);
      }
      sum.largest = std::max(sum.largest, tensor.largest);
      std::transform(tensor.counts.begin(), tensor.counts.end(), sum.counts.begin(), sum.counts.begin(),
                     std::plus<>());
    }
    return {};
  }

  client::WorkerSession session_;
  const model::Model& model_;
  const std::vector<std::vector<std::int32_t>>& samples_;
};

Result<LoadRequest> load_request(const model::Model& model, const std::filesystem::path& graph,
                                 const CalibrationRunner& runner, bool on_gpu) {
  LoadRequest request;
  request.backend = on_gpu ? "onnxruntime-gpu" : "onnxruntime-cpu";
  if (on_gpu) {
    request.options["cuda.enable_cuda_graph"] = "0";  // each tensor comes back to the host, so it has no use
  }
  request.artifact = std::filesystem::absolute(graph);
  request.logits = LogitsScope::last;
  request.cpus = runner.cpus;
  if (request.cpus.empty()) {
    TRY_ASSIGN(request.cpus, machine::choose_cpus(0));
  }
  request.threads = static_cast<int>(request.cpus.size());
  request.vocabulary = model.config.vocabulary;
  request.max_positions = model.config.positions;
  return request;
}

Result<ObservedActivations> observe_on(bool on_gpu, const model::Model& model,
                                       const std::filesystem::path& graph,
                                       const std::vector<std::vector<std::int32_t>>& samples, bool histograms,
                                       const CalibrationRunner& runner) {
  client::WorkerLimits limits;
  limits.cancelled = runner.cancelled;
  TRY_ASSIGN(client::WorkerSession session,
             client::WorkerSession::start(runner.worker, limits, *runner.executor));
  TRY_ASSIGN(const HelloReply hello, session.hello(Clock::now() + kLoadTime));
  if (auto able = require(hello, kActivations); !able) {
    return tl::unexpected(able.error().in("calibration"));
  }
  TRY_ASSIGN(const LoadRequest request, load_request(model, graph, runner, on_gpu));
  TRY(session.load(request, Clock::now() + kLoadTime));
  ObservedActivations observed;
  observed.runtime =
      fmt::format("{} {}{}", hello.worker.runtime, hello.worker.runtime_version, on_gpu ? ", CUDA" : "");
  Observer observer(std::move(session), model, samples);
  TRY(observer.pass("ranges", 0, observed.activations));
  if (histograms) {
    TRY(observer.pass("histograms", kHistogramBins, observed.activations));
  }
  return observed;
}

}  // namespace

Result<ObservedActivations> observe_activations(const model::Model& model, const std::filesystem::path& graph,
                                                const std::vector<std::vector<std::int32_t>>& samples,
                                                bool histograms, const CalibrationRunner& runner) {
  if (runner.worker.empty()) {
    return fail_as(Outcome::unsupported, "calibration runs in the onnxruntime worker: {}",
                   runner.unavailable_because);
  }
  if (runner.gpu) {
    auto observed = observe_on(true, model, graph, samples, histograms, runner);
    if (observed || runner.cancelled()) {
      return observed;
    }
    log_info("note: {} is calibrated on the CPU, for on the GPU: {}", model.name, observed.error().message);
  }
  return observe_on(false, model, graph, samples, histograms, runner);
}

}  // namespace inferscale::artifact
