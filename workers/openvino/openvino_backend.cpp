#include "openvino_backend.hpp"

#include <algorithm>
#include <map>
#include <openvino/openvino.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "measure/host_shapes.hpp"
#include "openvino_steps.hpp"
#include "processor.hpp"
#include "protocol/needs.hpp"
#include "stateful_model.hpp"
#include "worker/int8_kernels.hpp"

namespace inferscale::openvino {

using namespace protocol;

namespace {

constexpr const char* kFamily = "openvino-cpu";

Error classified(const std::exception& e, Outcome otherwise) {
  const std::string_view what = e.what();
  const bool memory =
      what.find("bad_alloc") != std::string_view::npos || what.find("allocate") != std::string_view::npos;
  return {fmt::format("OpenVINO: {}", what), memory ? Outcome::out_of_memory : otherwise};
}

/// What is computed outside of integer products: fp32 but for backends that say otherwise.
ov::element::Type inference_precision(const BackendInfo& backend) {
  static const std::map<std::string, ov::element::Type, std::less<>> types{{"bf16", ov::element::bf16}};
  const auto found = types.find(precision_of(backend).computes);
  return found == types.end() ? ov::element::f32 : found->second;
}

/// One stream with all threads: the lowest latency of one request, as every backend of a study is set up.
ov::AnyMap compile_options(const LoadRequest& request, const BackendInfo& backend) {
  ov::AnyMap options{{ov::hint::inference_precision.name(), inference_precision(backend)},
                     {ov::hint::performance_mode.name(), ov::hint::PerformanceMode::LATENCY},
                     {ov::num_streams.name(), ov::streams::Num(1)},
                     {ov::inference_num_threads.name(), request.threads},
                     {ov::hint::enable_cpu_pinning.name(), !request.cpus.empty()}};
  for (const auto& [key, value] : request.options.items()) {  // the plan's properties, as they are
    options[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return options;
}

/// Of keys and values: as exact as the backend's own precision; of quantised weights what OpenVINO takes.
ov::AnyMap cache_options(const BackendInfo& backend) {
  static const std::map<std::string, ov::element::Type, std::less<>> types{
      {"fp32", ov::element::f32}, {"fp16", ov::element::f16}, {"bf16", ov::element::bf16}};
  const auto found = types.find(backend.precision);
  return found == types.end() ? ov::AnyMap()
                              : ov::AnyMap{{ov::hint::kv_cache_precision.name(), found->second}};
}

/// Keys and values of a token, in all layers.
std::int64_t kv_bytes_per_token(const ov::Model& model, const ov::CompiledModel& compiled) {
  std::int64_t elements = 0;
  for (const auto& variable : model.get_variables()) {
    const auto& shape = variable->get_info().data_shape;
    elements += shape[1].get_length() * shape[3].get_length();
  }
  const auto type = compiled.get_property(ov::hint::kv_cache_precision);
  return elements * static_cast<std::int64_t>(type.bitwidth()) / 8;
}

struct BoundTensors {
  ov::Tensor ids;
  ov::Tensor logits;
};

BoundTensors bind(const measure::PassLayout& layout, std::int32_t* ids, float* logits) {
  const auto size = [](int value) { return static_cast<std::size_t>(value); };
  const std::size_t batch = size(layout.shape.batch);
  return {{ov::element::i32, {batch, size(layout.shape.length)}, ids},
          {ov::element::f32, {batch, size(layout.positions), size(layout.vocabulary)}, logits}};
}

/// What the compiled model really computes in: the kinds of its products, "i8" and so on.
Result<void> check_runs_int8(const ov::CompiledModel& compiled, const std::filesystem::path& file) {
  std::size_t products = 0;
  for (const auto& node : compiled.get_runtime_model()->get_ops()) {
    const auto& info = node->get_rt_info();
    const auto type = info.at("layerType").as<std::string>();
    const auto precision = info.at("runtimePrecision").as<std::string>();
    if ((type == "FullyConnected" || type == "MatMul") && (precision == "i8" || precision == "u8")) {
      ++products;
    }
  }
  if (products == 0) {
    return fail_as(Outcome::unsupported, "{}: OpenVINO computes none of this graph's products in int8 here",
                   file.string());
  }
  return {};
}

/// A portable graph, whose cache the worker makes the runtime's own (stateful_model.hpp).
BackendInfo with_cache(BackendInfo info) {
  return with_cached_graph(std::move(info), {});
}

class OpenVinoBackend final : public measure::Backend, public measure::Forward, public measure::CachedSteps {
 public:
  [[nodiscard]] WorkerInfo describe() const override {
    const auto usable = usable_features();
    return {"openvino",
            "OpenVINO",
            ov::get_openvino_version().buildNumber,
            {with_cache(stated({"openvino-cpu", "cpu", "fp32", "onnx", "fp32", ""}, kFamily)),
             with_cache(
                 stated({"openvino-cpu-bf16", "cpu", "bf16", "onnx", "fp32", why_no_bf16(usable)}, kFamily)),
             with_cache(stated({"openvino-cpu-fp16", "cpu", "fp16", "onnx", "fp16", ""}, kFamily)),
             with_cache(stated({"openvino-cpu-int8", "cpu", "int8", "onnx", "int8", why_no_int8(usable), "",
                                worker::exact_weight_bits(usable)},
                               kFamily, {"qdq", "blocks"})),
             with_cache(stated({"openvino-cpu-int4", "cpu", "int4", "onnx", "int4", ""}, kFamily))}};
  }

  Result<void> load(const LoadRequest& request) override {
    const auto all = describe().backends;
    const auto backend = std::find_if(all.begin(), all.end(),
                                      [&](const BackendInfo& one) { return one.name == request.backend; });
    if (backend == all.end()) {
      return fail_as(Outcome::unsupported, "OpenVINO has no backend '{}' here", request.backend);
    }
    try {
      core_.emplace();
      ov::AnyMap options = compile_options(request, *backend);
      const auto model = core_->read_model(request.artifact.string());
      const bool cached = takes_a_cache(*model);
      if (cached) {
        make_stateful(*model);
        options.merge(cache_options(*backend));
      }
      compiled_ = core_->compile_model(model, "CPU", options);
      const auto shape = compiled_.output("logits").get_partial_shape();
      if (shape.size() != 3 || !shape[2].is_static() || shape[2].get_length() != request.vocabulary) {
        return fail_as(Outcome::load_failed,
                       "{}: the graph's logits do not have the model's vocabulary of {}",
                       request.artifact.string(), request.vocabulary);
      }
      if (takes_int8_graph(*backend)) {
        TRY(check_runs_int8(compiled_, request.artifact));
      }
      steps_.reset();
      if (cached) {
        steps_.emplace(compiled_, request.vocabulary, openvino::kv_bytes_per_token(*model, compiled_));
      } else {
        request_ = compiled_.create_infer_request();
      }
    } catch (const std::exception& e) {
      return tl::unexpected(classified(e, Outcome::load_failed).in(request.artifact.string()));
    }
    shapes_.reset({request.logits, request.vocabulary});
    return {};
  }

  Result<void> prepare(std::span<const Shape> shapes) override {
    shapes_.prepare(shapes, bind);
    current_ = nullptr;
    return {};
  }

  Result<measure::LogitsView> forward(const TokenBatch& tokens) override {
    TRY_ASSIGN(const BoundTensors* const bound, shapes_.take(tokens));
    try {
      if (bound != current_) {
        request_.set_input_tensor(bound->ids);
        request_.set_output_tensor(bound->logits);
        current_ = bound;
      }
      request_.infer();
    } catch (const std::exception& e) {
      return tl::unexpected(classified(e, Outcome::error));
    }
    return shapes_.logits(tokens.shape);
  }

  Result<void> reserve(std::span<const CacheShape> caches) override {
    if (!steps_) {
      return fail_as(Outcome::unsupported,
                     "the graph that was loaded has no KV cache: export it with --mode decode");
    }
    return steps_->reserve(caches);
  }

  Result<Chosen> start(const TokenBatch& prompt, const CacheShape& /*cache*/) override {
    return run_steps([&] { return steps_->start(prompt); });
  }

  Result<Chosen> step(std::span<const std::int32_t> tokens) override {
    return run_steps([&] { return steps_->step(tokens); });
  }

  Result<measure::LogitsView> last_logits() override { return steps_->last_logits(); }
  [[nodiscard]] std::int64_t kv_bytes_per_token() const override { return steps_->kv_bytes_per_token(); }

 private:
  template <class Run>
  static Result<Chosen> run_steps(const Run& run) {
    try {
      return run();
    } catch (const std::exception& e) {
      return tl::unexpected(classified(e, Outcome::error));
    }
  }

  std::optional<ov::Core> core_;
  ov::CompiledModel compiled_;
  ov::InferRequest request_;
  measure::HostShapes<BoundTensors> shapes_;
  const BoundTensors* current_ = nullptr;  ///< which the request has
  std::optional<OpenVinoSteps> steps_;     ///< of a graph with a KV cache
};

}  // namespace

std::unique_ptr<measure::Backend> make_openvino_backend() {
  return std::make_unique<OpenVinoBackend>();
}

}  // namespace inferscale::openvino
