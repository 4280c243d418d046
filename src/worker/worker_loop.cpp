#include "worker/worker_loop.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <new>
#include <optional>
#include <utility>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "machine/environment.hpp"
#include "measure/capabilities.hpp"
#include "measure/logits.hpp"
#include "measure/measure.hpp"
#include "measure/memory.hpp"
#include "measure/score.hpp"
#include "measure/step_scores.hpp"
#include "protocol/capability.hpp"
#include "protocol/messages.hpp"
#include "protocol/needs.hpp"
#include "protocol/token_ids.hpp"
#include "worker/activations.hpp"
#include "worker/line_channel.hpp"

namespace inferscale::worker {

using namespace protocol;

namespace {

/// Threads that a runtime makes later inherit it.
Result<void> pin_process(const std::vector<int>& cpus) {
  if (cpus.empty()) {
    return {};
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) {
    if (cpu < 0 || cpu >= CPU_SETSIZE) {
      return fail("load: there is no CPU {}", cpu);
    }
    CPU_SET(static_cast<std::size_t>(cpu), &set);
  }
  if (::sched_setaffinity(0, sizeof set, &set) != 0) {
    return fail("cannot run on the CPUs asked for: {}", errno_message(errno));
  }
  return {};
}

class Session {
 public:
  explicit Session(const BackendFactory& make_backend) : make_backend_(make_backend) {}

  /// The reply to a line; an exception of the runtime is an error reply.
  Json answer(const std::string& line) {
    try {
      auto reply = answer_checked(line);
      return reply ? std::move(*reply) : error_reply(reply.error());
    } catch (const std::bad_alloc&) {
      backend_.reset();
      return error_reply({"could not allocate memory (std::bad_alloc)", Outcome::out_of_memory});
    } catch (const std::exception& e) {
      return error_reply({fmt::format("unexpected exception: {}", e.what())});
    } catch (...) {
      return error_reply({"unexpected exception of an unknown type"});
    }
  }

  [[nodiscard]] bool over() const { return over_; }

 private:
  Result<Json> answer_checked(const std::string& line) {
    TRY_ASSIGN(const Json message, parse_json(line, "request"));
    TRY_ASSIGN(const std::string type, request_type(message));
    if (type == "hello") {
      return hello(message);
    }
    if (type == "build") {
      return build(message);
    }
    if (type == "load") {
      return load(message);
    }
    if (type == "shutdown") {
      over_ = true;
      return Json();
    }
    if (backend_ == nullptr) {
      return fail("'{}' came before a successful load", type);
    }
    if (type == "score") {
      return score_sequences(message);
    }
    if (type == "start") {
      return start_sequences(message);
    }
    if (type == "step") {
      return step(message);
    }
    if (type == "activations") {
      TRY_ASSIGN(const ActivationsRequest request, parse_activations_request(message));
      TRY_ASSIGN(auto* const shown, measure::required<measure::Activations>(*backend_, type));
      TRY_ASSIGN(const ActivationsReply reply, observe(*shown, loaded_, request));
      return to_json(reply);
    }
    return type == "measure" ? measure_cell(message) : logits(message);
  }

  Result<Json> hello(const Json& message) {
    TRY(parse_hello_request(message));
    const auto backend = make_backend_();
    return to_json(HelloReply{kProtocolVersion, kProtocolMinor, backend->describe(),
                              measure::capabilities_of(*backend)});
  }

  /// The backend of that name, which can run here.
  [[nodiscard]] Result<BackendInfo> require_backend(const std::string& name) const {
    const auto info = make_backend_()->describe();
    const auto found = std::find_if(info.backends.begin(), info.backends.end(),
                                    [&](const BackendInfo& backend) { return backend.name == name; });
    if (found == info.backends.end()) {
      return fail_as(Outcome::unsupported, "worker '{}' has no backend '{}'", info.worker, name);
    }
    if (!found->unavailable_because.empty()) {
      return fail_as(Outcome::unsupported, "backend '{}' cannot run here: {}", found->name,
                     found->unavailable_because);
    }
    return *found;
  }

  [[nodiscard]] static Result<void> require_file(const BackendInfo& backend, std::string_view kind,
                                                 const std::filesystem::path& file) {
    if (!std::filesystem::is_regular_file(file)) {
      return fail_as(Outcome::load_failed,
                     "backend '{}' needs the model's {} file, and there is none at '{}'", backend.name, kind,
                     file.string());
    }
    return {};
  }

  Result<Json> build(const Json& message) {
    TRY_ASSIGN(const BuildRequest request, parse_build_request(message));
    TRY_ASSIGN(const BackendInfo backend, require_backend(request.backend));
    TRY(require_file(backend, "onnx", request.graph));
    const auto maker = make_backend_();
    TRY_ASSIGN(auto* const builder, measure::required<measure::Builds>(*maker, kBuilds.name));
    const auto start = Clock::now();
    TRY_ASSIGN(Json details, builder->build(request));
    return to_json(BuiltReply{seconds_since(start), std::move(details)});
  }

  Result<Json> load(const Json& message) {
    TRY_ASSIGN(LoadRequest request, parse_load_request(message));
    if (backend_ != nullptr) {
      return fail("this worker has loaded a model already; a worker loads one");
    }
    TRY_ASSIGN(const BackendInfo info, require_backend(request.backend));
    if (loads_a_file(info)) {
      TRY(require_file(info, needs_of(info).front().format,
                       loads_the_weights(info) ? request.weights : request.artifact));
    }
    TRY(pin_process(request.cpus));
    auto gpu = info.device == "cuda" ? machine::Gpu::open() : std::nullopt;  // before it takes memory there
    auto backend = make_backend_();
    const auto start = Clock::now();
    TRY(backend->load(request));
    LoadedReply reply;
    reply.load_s = seconds_since(start);
    const auto loaded = Clock::now();
    if (auto* const passes = measure::interface_of<measure::Forward>(*backend);
        passes != nullptr && !request.shapes.empty()) {
      TRY(passes->prepare(request.shapes));
      reply.prepare_s = seconds_since(loaded);
    }
    if (auto* const steps = measure::interface_of<measure::CachedSteps>(*backend);
        steps != nullptr && !request.caches.empty()) {
      TRY(steps->reserve(request.caches));
      reply.prepare_s = seconds_since(loaded);
    }
    reply.memory_mb = measure::read_process_memory().resident_mb;
    reply.threads = request.threads;
    reply.cpus = request.cpus.empty() ? machine::allowed_cpus() : request.cpus;
    reply.details = backend->details();
    backend_ = std::move(backend);
    gpu_ = gpu;
    loaded_ = std::move(request);
    return to_json(reply);
  }

  Result<Json> measure_cell(const Json& message) {
    TRY_ASSIGN(const MeasureRequest request, parse_measure_request(message));
    TRY_ASSIGN(const Measurement measurement,
               measure::measure(*backend_, loaded_, request, gpu_ ? &*gpu_ : nullptr));
    return to_json(measurement);
  }

  Result<Json> score_sequences(const Json& message) {
    TRY_ASSIGN(const ScoreRequest request, parse_score_request(message));
    TRY_ASSIGN(auto* const passes, measure::required<measure::Forward>(*backend_, kScores.name));
    TRY_ASSIGN(const Scores scores, score(*passes, loaded_, request));
    return to_json(scores);
  }

  Result<Json> logits(const Json& message) {
    static_assert(std::endian::native == std::endian::little, "the file's format is little-endian");
    TRY_ASSIGN(const LogitsRequest request, parse_logits_request(message));
    const Shape shape{static_cast<int>(request.tokens.size()), static_cast<int>(request.tokens[0].size())};
    TRY_ASSIGN(const auto ids, flat_token_ids(request.tokens, loaded_, "logits"));
    TRY_ASSIGN(auto* const passes, measure::required<measure::Forward>(*backend_, "logits"));
    TRY(passes->prepare({&shape, 1}));
    TRY_ASSIGN(const measure::LogitsView view, passes->forward({ids, shape}));
    TRY(check_shape(view, shape, loaded_.logits, loaded_.vocabulary));
    const auto values = to_f32(view);
    const std::string_view bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
    TRY(write_file_atomic(request.file, bytes));
    return to_json(LogitsReply{{view.batch, view.positions, view.vocabulary}});
  }

  Result<Json> start_sequences(const Json& message) {
    TRY_ASSIGN(const StartRequest request, parse_start_request(message));
    TRY_ASSIGN(auto* const steps, measure::required<measure::CachedSteps>(*backend_, kSteps.name));
    TRY_ASSIGN(const auto ids, flat_token_ids(request.tokens, loaded_, "start"));
    const Shape shape{static_cast<int>(request.tokens.size()), static_cast<int>(request.tokens[0].size())};
    const CacheShape cache{shape.batch, shape.length, request.capacity};
    if (loaded_.max_positions > 0 && cache.capacity > loaded_.max_positions) {
      return fail_as(Outcome::profile_mismatch, "{} tokens are more than the model's {} positions",
                     cache.capacity, loaded_.max_positions);
    }
    TRY(steps->reserve({&cache, 1}));
    room_ = cache;
    TRY_ASSIGN(const auto chosen, steps->start({ids, shape}, cache));
    ChosenReply reply{{chosen.begin(), chosen.end()}};
    if (request.scores) {
      TRY_ASSIGN(reply.scores.gaps, gaps_of(*steps));
    }
    return to_json(reply);
  }

  Result<Json> step(const Json& message) {
    TRY_ASSIGN(const StepRequest request, parse_step_request(message));
    if (!room_ || request.tokens.size() != static_cast<std::size_t>(room_->batch)) {
      return fail("step: {} tokens came for {} sequences that were started", request.tokens.size(),
                  room_ ? room_->batch : 0);
    }
    if (room_->prompt == room_->capacity) {
      return fail("step: the sequences have the {} tokens that start's 'capacity' gave them",
                  room_->capacity);
    }
    TRY(check_token_ids(request.tokens, loaded_, "step"));
    TRY_ASSIGN(auto* const steps, measure::required<measure::CachedSteps>(*backend_, kSteps.name));
    StepScores scores;
    if (request.scores) {  // by the logits that are there still
      TRY_ASSIGN(const measure::LogitsView before, steps->last_logits());
      TRY_ASSIGN(scores.log_probabilities,
                 next_log_probabilities(before, request.tokens, loaded_.vocabulary));
    }
    ++room_->prompt;
    TRY_ASSIGN(const auto chosen, steps->step(request.tokens));
    ChosenReply reply{{chosen.begin(), chosen.end()}, std::move(scores)};
    if (request.scores) {
      TRY_ASSIGN(reply.scores.gaps, gaps_of(*steps));
    }
    return to_json(reply);
  }

  /// Of the pass that was just made.
  [[nodiscard]] Result<std::vector<double>> gaps_of(measure::CachedSteps& steps) const {
    TRY_ASSIGN(const measure::LogitsView logits, steps.last_logits());
    return measure::top_gaps(logits, room_->batch, loaded_.vocabulary);
  }

  const BackendFactory& make_backend_;
  std::unique_ptr<measure::Backend> backend_;
  std::optional<machine::Gpu> gpu_;
  LoadRequest loaded_;
  std::optional<CacheShape> room_;  ///< of the sequences that "start" began; `prompt` is their length now
  bool over_ = false;
};

/// Everything is answered. A runtime's own clean-up takes time, and may crash what has done its work: ONNX
/// Runtime 1.31 with CUDA ended with "corrupted double-linked list" in some runs. Under AddressSanitizer it
/// is left in, for the leaks.
void end_process() {
#ifndef __SANITIZE_ADDRESS__
  ::_exit(0);
#endif
}

Result<void> serve(const BackendFactory& make_backend) {
  TRY_ASSIGN(LineChannel channel, LineChannel::open());
  Session session(make_backend);
  while (true) {
    TRY_ASSIGN(const std::optional<std::string> line, channel.read());
    const Json reply = line ? session.answer(*line) : Json();
    if (!line || session.over()) {
      end_process();
      return {};
    }
    TRY(channel.write(to_line(reply)));
  }
}

}  // namespace

int run_worker(const BackendFactory& make_backend, int argc, char** argv) {
  if (argc > 1) {
    write_stderr(
        fmt::format("{} is a worker of inferscale: it takes no arguments and speaks the protocol of "
                    "docs/reference/protocol.md over stdin and stdout\n",
                    argv[0]));
    return 2;
  }
  if (const auto served = serve(make_backend); !served) {
    write_stderr(fmt::format("{}: {}\n", argv[0], served.error().message));
    return 1;
  }
  return 0;
}

}  // namespace inferscale::worker
