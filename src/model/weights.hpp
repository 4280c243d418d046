#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/safetensors.hpp"
#include "model/spec.hpp"
#include "model/tensor.hpp"

namespace inferscale::model {

/// The weights of a model, from one safetensors file or several, under canonical names. Opening checks that
/// every tensor is there once with its shape and an allowed dtype (F32, F16, BF16), and that nothing else is.
/// Names with and without the family's prefix are taken, and its buffers are ignored. The output projection
/// of a tied model must hold the same bytes as the token embedding, or stand in for it.
class WeightSource {
 public:
  /// A file (*.safetensors, or a *.index.json that lists shards), or a folder with model.safetensors or
  /// model.safetensors.index.json. Errors name the file and the tensor.
  static Result<WeightSource> open(const std::filesystem::path& file_or_folder, const DecoderSpec& config);

  [[nodiscard]] const DecoderSpec& config() const { return config_; }
  [[nodiscard]] const std::vector<Tensor>& specs() const { return specs_; }
  [[nodiscard]] const std::vector<std::shared_ptr<const SafetensorsFile>>& files() const { return files_; }

  /// The dtype in which it is stored; `canonical_name` must be one of specs().
  [[nodiscard]] Dtype dtype(std::string_view canonical_name) const;
  /// Converts F16 and BF16. The destination must have the tensor's element count.
  Result<void> read_f32(const Tensor& spec, std::span<float> destination) const;
  /// The same of the elements from `first` on, as many as there is room for.
  Result<void> read_f32(const Tensor& spec, std::uint64_t first, std::span<float> destination) const;
  /// The mapped bytes as they are stored (see dtype()); valid as long as this source lives.
  [[nodiscard]] std::span<const std::byte> raw(const Tensor& spec) const;
  /// The mapped floats themselves, when they are stored as aligned F32; else nothing: use read_f32.
  [[nodiscard]] std::optional<std::span<const float>> view_f32(const Tensor& spec) const;
  /// Gives the tensor's pages back to the kernel; call it after each tensor to keep the resident set small.
  void release(const Tensor& spec) const;
  /// The same of `length` of its bytes from byte `begin` of it on.
  void release(const Tensor& spec, std::uint64_t begin, std::uint64_t length) const;

  /// The file that a tensor lies in, and its first byte there.
  struct Place {
    const SafetensorsFile* file = nullptr;
    std::uint64_t offset = 0;
  };
  [[nodiscard]] Place place(const Tensor& spec) const;
  /// SHA-256 of one of files(), and in the same pass the check of check_finite() of its tensors: a file that
  /// is larger than memory is read once.
  [[nodiscard]] Result<std::string> checked_sha256(const SafetensorsFile& file) const;

  /// An error naming the first tensor with a NaN or infinite element, and the element. Reads everything once.
  [[nodiscard]] Result<void> check_finite() const;

 private:
  struct Location {
    const SafetensorsFile* file = nullptr;
    const TensorInfo* tensor = nullptr;
  };
  friend class WeightCollector;
  WeightSource() = default;
  [[nodiscard]] const Location& at(std::string_view canonical_name) const;

  DecoderSpec config_;
  std::vector<Tensor> specs_;
  std::vector<std::shared_ptr<const SafetensorsFile>> files_;
  std::map<std::string, Location, std::less<>> locations_;
};

/// Writes F32 safetensors with canonical names: matrices and embeddings N(0, 0.02), biases 0, LayerNorm
/// weights 1. The same bytes for the same config and seed on every machine and for every number of threads
/// (0: one a CPU).
Result<void> write_seeded_weights(const DecoderSpec& config, std::uint64_t seed,
                                  const std::filesystem::path& file, int threads = 0);

/// The same kind of file, converted from other weights tensor by tensor.
Result<void> write_weights_f32(const WeightSource& source, const std::filesystem::path& file);

}  // namespace inferscale::model
