#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "machine/environment.hpp"
#include "model/random.hpp"
#include "model/weights.hpp"

namespace inferscale::model {
namespace {

constexpr double kStandardDeviation = 0.02;       // GPT-2's initialiser range
constexpr std::size_t kBlockElements = 1U << 18;  // 1 MiB a thread

/// Part of a tensor: what one thread makes and writes at a time.
struct Block {
  std::size_t tensor;
  std::uint64_t first;
  std::size_t count;
};

std::vector<Block> blocks_of(const std::vector<TensorInfo>& tensors) {
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::uint64_t elements = tensors[i].bytes / sizeof(float);
    for (std::uint64_t first = 0; first < elements; first += kBlockElements) {
      blocks.push_back(
          {i, first, static_cast<std::size_t>(std::min<std::uint64_t>(kBlockElements, elements - first))});
    }
  }
  return blocks;
}

std::vector<TensorInfo> f32_tensors(const std::vector<Tensor>& specs) {
  std::vector<TensorInfo> tensors;
  for (const Tensor& spec : specs) {
    tensors.push_back({spec.name, Dtype::f32, spec.shape});
  }
  return tensors;
}

/// The first error of several threads; the others stop at their next block.
class FirstError {
 public:
  void set(Error error) {
    const std::lock_guard lock(mutex_);
    if (!error_) {
      error_ = std::move(error);
      failed_ = true;
    }
  }
  [[nodiscard]] bool failed() const { return failed_; }
  Result<void> result() {
    const std::lock_guard lock(mutex_);
    if (error_) {
      return tl::unexpected(*error_);
    }
    return {};
  }

 private:
  std::mutex mutex_;
  std::atomic<bool> failed_ = false;
  std::optional<Error> error_;
};

void fill_block(const Tensor& tensor, std::uint64_t key, std::uint64_t first, std::span<float> values) {
  if (tensor.shape.size() >= 2) {
    fill_normal(key, first, kStandardDeviation, values);
  } else {
    std::fill(values.begin(), values.end(),
              is_norm(tensor.role) && tensor.part == Part::weight ? 1.0F : 0.0F);
  }
}

Result<void> write_blocks(SafetensorsWriter& writer, const std::vector<Tensor>& specs, std::uint64_t seed,
                          int threads) {
  const std::vector<Block> blocks = blocks_of(writer.tensors());
  std::vector<std::uint64_t> keys;
  for (const TensorInfo& tensor : writer.tensors()) {
    keys.push_back(stream_key(seed, tensor.name));
  }
  std::atomic<std::size_t> next = 0;
  FirstError error;
  const auto work = [&] {
    std::vector<float> buffer(kBlockElements);
    for (std::size_t i = next++; i < blocks.size() && !error.failed(); i = next++) {
      const Block& block = blocks[i];
      const auto values = std::span(buffer).first(block.count);
      fill_block(specs[block.tensor], keys[block.tensor], block.first, values);
      if (auto done = writer.write(block.tensor, block.first * sizeof(float), std::as_bytes(values)); !done) {
        error.set(done.error());
      }
    }
  };
  std::vector<std::jthread> helpers;
  const auto wanted = std::min(static_cast<std::size_t>(threads), blocks.size());
  for (std::size_t i = 1; i < wanted; ++i) {
    helpers.emplace_back(work);
  }
  work();
  helpers.clear();  // joins
  return error.result();
}

}  // namespace

Result<void> write_seeded_weights(const DecoderSpec& config, std::uint64_t seed,
                                  const std::filesystem::path& file, int threads) {
  if (auto valid = validate(config); !valid) {
    return tl::unexpected(valid.error().in(fmt::format("model '{}'", config.name)));
  }
  const std::vector<Tensor> specs = tensors(config);
  // The metadata names what the weights are, so that a file found on its own explains itself; "format" is
  // what transformers asks for.
  TRY_ASSIGN(SafetensorsWriter writer,
             SafetensorsWriter::create(file, f32_tensors(specs),
                                       {{"format", "pt"}, {kSeedNote, fmt::format("{}", seed)}}));
  TRY(write_blocks(writer, specs, seed,
                   threads > 0 ? threads : static_cast<int>(machine::allowed_cpus().size())));
  return writer.finish();
}

Result<void> write_weights_f32(const WeightSource& source, const std::filesystem::path& file) {
  TRY_ASSIGN(SafetensorsWriter writer,
             SafetensorsWriter::create(file, f32_tensors(source.specs()), {{"format", "pt"}}));
  std::vector<float> buffer;
  for (std::size_t i = 0; i < source.specs().size(); ++i) {
    const Tensor& spec = source.specs()[i];
    if (const auto view = source.view_f32(spec)) {
      TRY(writer.write(i, 0, std::as_bytes(*view)));
    } else {
      buffer.resize(writer.tensors()[i].bytes / sizeof(float));
      TRY(source.read_f32(spec, buffer));
      TRY(writer.write(i, 0, std::as_bytes(std::span(buffer))));
    }
    source.release(spec);
  }
  return writer.finish();
}

}  // namespace inferscale::model
