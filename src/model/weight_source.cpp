#include <algorithm>
#include <cstring>
#include <set>

#include "core/sha256.hpp"
#include "model/family.hpp"
#include "model/shard_index.hpp"
#include "model/weights.hpp"

namespace inferscale::model {
namespace {

std::string_view without_prefix(std::string_view name, std::string_view prefix) {
  return name.substr(0, prefix.size()) == prefix ? name.substr(prefix.size()) : name;
}

bool is_weight_dtype(Dtype dtype) {
  return dtype == Dtype::f32 || dtype == Dtype::f16 || dtype == Dtype::bf16;
}

std::uint64_t data_bytes(const SafetensorsFile& file) {
  return file.tensors().back().offset + file.tensors().back().bytes;
}

tl::unexpected<Error> not_finite(const SafetensorsFile& file, const TensorInfo& tensor,
                                 std::uint64_t element) {
  return fail("{}: tensor '{}' has a NaN or infinite value at element {}", file.path().string(),
              printable(tensor.name), element);
}

}  // namespace

/// Finds the place of every spec among the tensors of the files.
class WeightCollector {
 public:
  explicit WeightCollector(WeightSource& source) : source_(source), family_(*source.config_.family) {
    for (const Tensor& spec : source.specs_) {
      wanted_.emplace(spec.name, &spec);
      if (spec.role == Role::token_embedding) {
        embedding_ = &spec;
      }
    }
  }

  Result<void> add(const SafetensorsFile& file, const TensorInfo& tensor) {
    const std::string_view name = without_prefix(tensor.name, family_.prefix);
    if (source_.config_.tied_head && name == family_.head) {
      if (head_.file != nullptr) {
        return twice(file, tensor);
      }
      TRY(check(file, tensor, *embedding_));
      head_ = {&file, &tensor};
      return {};
    }
    const auto spec = wanted_.find(name);
    if (spec == wanted_.end()) {
      if (family_.is_buffer(name, source_.config_)) {
        return {};
      }
      return fail("{}: tensor '{}' is not part of this {} ({} layers)", file.path().string(),
                  printable(tensor.name), family_.title, source_.config_.layers);
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
    for (const Tensor& spec : source_.specs_) {
      if (source_.locations_.count(spec.name) == 0) {
        return fail("{}: tensor '{}' is missing", place.string(), spec.name);
      }
    }
    return {};
  }

 private:
  Result<void> twice(const SafetensorsFile& file, const TensorInfo& tensor) const {
    return fail("{}: tensor '{}' appears twice, with and without '{}' or in two files", file.path().string(),
                printable(tensor.name), family_.prefix);
  }

  static Result<void> check(const SafetensorsFile& file, const TensorInfo& tensor, const Tensor& spec) {
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

  /// The output projection of a tied model is the token embedding; a file may store it again, or
  /// (safetensors' save_model) under this name only.
  Result<void> tie_head() {
    const auto [place, added] = source_.locations_.emplace(embedding_->name, head_);
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
          "{}: tensor '{}' differs from {}, to which config.json ties it: "
          "set tie_word_embeddings to false there if the output projection has weights of its own",
          head_.file->path().string(), printable(head_.tensor->name), embedding_->name);
    }
    return {};
  }

  WeightSource& source_;
  const Family& family_;
  const Tensor* embedding_ = nullptr;
  std::map<std::string, const Tensor*, std::less<>> wanted_;
  WeightSource::Location head_;
};

Result<WeightSource> WeightSource::open(const std::filesystem::path& file_or_folder,
                                        const DecoderSpec& config) {
  if (auto valid = validate(config); !valid) {
    return tl::unexpected(valid.error().in(fmt::format("model '{}'", config.name)));
  }
  WeightSource source;
  source.config_ = config;
  source.specs_ = tensors(config);
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

std::span<const std::byte> WeightSource::raw(const Tensor& spec) const {
  const Location& location = at(spec.name);
  return location.file->data(*location.tensor);
}

std::optional<std::span<const float>> WeightSource::view_f32(const Tensor& spec) const {
  const auto bytes = raw(spec);
  const bool aligned = reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(float) == 0;
  if (dtype(spec.name) != Dtype::f32 || !aligned) {
    return std::nullopt;
  }
  return std::span(reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float));
}

Result<void> WeightSource::read_f32(const Tensor& spec, std::span<float> destination) const {
  TRY_ASSIGN(const std::int64_t elements, element_count(spec.shape));
  if (destination.size() != static_cast<std::size_t>(elements)) {
    return fail("tensor '{}' has {} elements, but there is room for {}", spec.name, elements,
                destination.size());
  }
  convert_to_f32(dtype(spec.name), raw(spec), destination);
  return {};
}

Result<void> WeightSource::read_f32(const Tensor& spec, std::uint64_t first,
                                    std::span<float> destination) const {
  const auto bytes = raw(spec);
  const auto size = static_cast<std::uint64_t>(bits_of(dtype(spec.name)) / 8);
  const std::uint64_t elements = bytes.size() / size;
  if (first > elements || destination.size() > elements - first) {
    return fail("tensor '{}' has {} elements, fewer than were asked for", spec.name, elements);
  }
  convert_to_f32(dtype(spec.name), bytes.subspan(first * size, destination.size() * size), destination);
  return {};
}

void WeightSource::release(const Tensor& spec) const {
  const Location& location = at(spec.name);
  location.file->release(*location.tensor);
}

void WeightSource::release(const Tensor& spec, std::uint64_t begin, std::uint64_t length) const {
  const Location& location = at(spec.name);
  location.file->release(location.file->file_offset(*location.tensor) + begin, length);
}

WeightSource::Place WeightSource::place(const Tensor& spec) const {
  const Location& location = at(spec.name);
  return {location.file, location.file->file_offset(*location.tensor)};
}

Result<std::string> WeightSource::checked_sha256(const SafetensorsFile& file) const {
  constexpr std::uint64_t kChunk = 4U << 20;  // a multiple of every element's size
  std::set<const TensorInfo*> weights;
  for (const auto& [name, location] : locations_) {
    weights.insert(location.tensor);
  }
  Sha256 hash;
  const auto bytes = file.bytes();
  hash.update(bytes.data(), bytes.size() - (file.tensors().empty() ? 0 : data_bytes(file)));
  for (const TensorInfo& tensor : file.tensors()) {  // they follow one another up to the end of the file
    const auto data = file.data(tensor);
    for (std::uint64_t begin = 0; begin < data.size(); begin += kChunk) {
      const auto chunk = data.subspan(begin, std::min<std::uint64_t>(kChunk, data.size() - begin));
      hash.update(chunk.data(), chunk.size());
      const auto bad = weights.contains(&tensor) ? find_not_finite(tensor.dtype, chunk) : std::nullopt;
      file.release(file.file_offset(tensor) + begin, chunk.size());
      if (bad) {
        return not_finite(file, tensor, begin * 8 / static_cast<std::uint64_t>(bits_of(tensor.dtype)) + *bad);
      }
    }
  }
  return hash.finish();
}

Result<void> WeightSource::check_finite() const {
  for (const Tensor& spec : specs_) {
    const auto bad = find_not_finite(dtype(spec.name), raw(spec));
    release(spec);
    if (bad) {
      return not_finite(*at(spec.name).file, *at(spec.name).tensor, *bad);
    }
  }
  return {};
}

}  // namespace inferscale::model
