#include <algorithm>
#include <cstring>

#include "model/shard_index.hpp"
#include "model/weights.hpp"

namespace inferscale::model {
namespace {

constexpr std::string_view kPrefix = "transformer.";
constexpr std::string_view kHead = "lm_head.weight";
constexpr std::string_view kEmbedding = "wte.weight";

std::string_view without_prefix(std::string_view name) {
  return name.substr(0, kPrefix.size()) == kPrefix ? name.substr(kPrefix.size()) : name;
}

/// h.N.attn.bias or h.N.attn.masked_bias with N < layers: the causal mask as a buffer, which holds no
/// weights.
bool is_mask_buffer(std::string_view name, int layers) {
  for (const std::string_view end : {".attn.bias", ".attn.masked_bias"}) {
    if (name.size() <= end.size() + 2 || name.substr(0, 2) != "h." ||
        name.substr(name.size() - end.size()) != end) {
      continue;
    }
    const auto number = name.substr(2, name.size() - 2 - end.size());
    for (int layer = 0; layer < layers; ++layer) {
      if (number == fmt::format("{}", layer)) {
        return true;
      }
    }
  }
  return false;
}

bool is_weight_dtype(Dtype dtype) {
  return dtype == Dtype::f32 || dtype == Dtype::f16 || dtype == Dtype::bf16;
}

}  // namespace

/// Finds the place of every spec among the tensors of the files.
class WeightCollector {
 public:
  explicit WeightCollector(WeightSource& source) : source_(source) {
    for (const TensorSpec& spec : source.specs_) {
      wanted_.emplace(spec.name, &spec);
    }
  }

  Result<void> add(const SafetensorsFile& file, const TensorInfo& tensor) {
    const std::string_view name = without_prefix(tensor.name);
    if (name == kHead) {
      if (head_.file != nullptr) {
        return twice(file, tensor);
      }
      TRY(check(file, tensor, *wanted_.at(std::string(kEmbedding))));
      head_ = {&file, &tensor};
      return {};
    }
    const auto spec = wanted_.find(name);
    if (spec == wanted_.end()) {
      if (is_mask_buffer(name, source_.config_.layers)) {
        return {};
      }
      return fail("{}: tensor '{}' is not part of this GPT-2 ({} layers)", file.path().string(),
                  printable(tensor.name), source_.config_.layers);
    }
    TRY(check(file, tensor, *spec->second));
    if (!source_.locations_.emplace(spec->first, WeightSource::Location{&file, &tensor}).second) {
      return twice(file, tensor);
    }
    return {};
  }

  Result<void> finish(const std::filesystem::path& place) {
    if (head_.file != nullptr) {
      TRY(tie_head());
    }
    for (const TensorSpec& spec : source_.specs_) {
      if (source_.locations_.count(spec.name) == 0) {
        return fail("{}: tensor '{}' is missing", place.string(), spec.name);
      }
    }
    return {};
  }

 private:
  static Result<void> twice(const SafetensorsFile& file, const TensorInfo& tensor) {
    return fail("{}: tensor '{}' appears twice, with and without 'transformer.' or in two files",
                file.path().string(), printable(tensor.name));
  }

  static Result<void> check(const SafetensorsFile& file, const TensorInfo& tensor, const TensorSpec& spec) {
    if (tensor.shape != spec.shape) {
      return fail("{}: tensor '{}' has shape {}, but the model's is {}", file.path().string(),
                  printable(tensor.name), printable(to_string(tensor.shape)), to_string(spec.shape));
    }
    if (!is_weight_dtype(tensor.dtype)) {
      return fail("{}: tensor '{}' has dtype {}, but weights must be F32, F16 or BF16", file.path().string(),
                  printable(tensor.name), to_string(tensor.dtype));
    }
    return {};
  }

  /// The output projection of GPT-2 is the token embedding; a file may store it again, or (safetensors'
  /// save_model) under this name only.
  Result<void> tie_head() {
    const auto [place, added] = source_.locations_.emplace(kEmbedding, head_);
    const WeightSource::Location& embedding = place->second;
    if (added) {
      return {};
    }
    const auto a = embedding.file->data(*embedding.tensor);
    const auto b = head_.file->data(*head_.tensor);
    const bool equal =
        embedding.tensor->dtype == head_.tensor->dtype && std::equal(a.begin(), a.end(), b.begin());
    embedding.file->release(*embedding.tensor);
    head_.file->release(*head_.tensor);
    if (!equal) {
      return fail(
          "{}: tensor '{}' differs from {}; only models whose output projection is tied to the embedding are "
          "supported",
          head_.file->path().string(), printable(head_.tensor->name), kEmbedding);
    }
    return {};
  }

  WeightSource& source_;
  std::map<std::string, const TensorSpec*, std::less<>> wanted_;
  WeightSource::Location head_;
};

Result<WeightSource> WeightSource::open(const std::filesystem::path& file_or_folder,
                                        const ModelConfig& config) {
  if (auto valid = validate(config); !valid) {
    return tl::unexpected(valid.error().in(fmt::format("model '{}'", config.name)));
  }
  WeightSource source;
  source.config_ = config;
  source.specs_ = tensor_specs(config);
  TRY_ASSIGN(source.files_, open_safetensors_files(file_or_folder));
  WeightCollector collector(source);
  for (const auto& file : source.files_) {
    for (const TensorInfo& tensor : file->tensors()) {
      TRY(collector.add(*file, tensor));
    }
  }
  TRY(collector.finish(source.files_.size() == 1 ? source.files_.front()->path() : file_or_folder));
  return source;
}

const WeightSource::Location& WeightSource::at(std::string_view canonical_name) const {
  return locations_.find(canonical_name)->second;
}

Dtype WeightSource::dtype(std::string_view canonical_name) const {
  return at(canonical_name).tensor->dtype;
}

std::span<const std::byte> WeightSource::raw(const TensorSpec& spec) const {
  const Location& location = at(spec.name);
  return location.file->data(*location.tensor);
}

std::optional<std::span<const float>> WeightSource::view_f32(const TensorSpec& spec) const {
  const auto bytes = raw(spec);
  const bool aligned = reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(float) == 0;
  if (dtype(spec.name) != Dtype::f32 || !aligned) {
    return std::nullopt;
  }
  return std::span(reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float));
}

Result<void> WeightSource::read_f32(const TensorSpec& spec, std::span<float> destination) const {
  TRY_ASSIGN(const std::int64_t elements, element_count(spec.shape));
  if (destination.size() != static_cast<std::size_t>(elements)) {
    return fail("tensor '{}' has {} elements, but there is room for {}", spec.name, elements,
                destination.size());
  }
  convert_to_f32(dtype(spec.name), raw(spec), destination);
  return {};
}

void WeightSource::release(const TensorSpec& spec) const {
  const Location& location = at(spec.name);
  location.file->release(*location.tensor);
}

Result<void> WeightSource::check_finite() const {
  for (const TensorSpec& spec : specs_) {
    const auto bad = find_not_finite(dtype(spec.name), raw(spec));
    release(spec);
    if (bad) {
      return fail("{}: tensor '{}' has a NaN or infinite value at element {}",
                  at(spec.name).file->path().string(), printable(at(spec.name).tensor->name), *bad);
    }
  }
  return {};
}

}  // namespace inferscale::model
