#include "artifact/weight_links.hpp"

#include <algorithm>
#include <system_error>

#include "core/linked_file.hpp"
#include "core/log.hpp"

namespace inferscale::artifact {
namespace {

constexpr std::size_t kNameDigits = 10;

bool are_one_file(const std::filesystem::path& one, const std::filesystem::path& other) {
  std::error_code error;
  return std::filesystem::equivalent(one, other, error) && !error;
}

}  // namespace

WeightLinks::~WeightLinks() {
  std::error_code ignored;
  for (const auto& name : made_) {
    std::filesystem::remove(name, ignored);
  }
}

onnx_graph::LinkWeights WeightLinks::link() {
  return [this](const std::filesystem::path& file) { return name(file); };
}

std::vector<onnx_graph::WrittenFile> WeightLinks::keep() {
  made_.clear();
  return std::move(linked_);
}

Result<std::string> WeightLinks::name(const std::filesystem::path& file) {
  const auto part = std::find_if(weights_.parts.begin(), weights_.parts.end(),
                                 [&](const auto& one) { return are_one_file(one.file, file); });
  if (part == weights_.parts.end()) {
    return fail("'{}' is no file of these weights", file.string());
  }
  const auto name = fmt::format("weights-{}.safetensors", part->sha256.substr(0, kNameDigits));
  const auto target = folder_ / name;
  std::error_code ignored;
  const bool was_there = std::filesystem::exists(target, ignored);
  TRY_ASSIGN(const bool linked, hashes_.across(file, [&] { return link_or_copy(file, target); }));
  if (!was_there) {
    made_.push_back(target);
  }
  if (!linked) {
    log_info("'{}' cannot be linked to '{}': it is copied", file.string(), target.string());
    hashes_.trust(target, {part->sha256, false});
  }
  linked_.push_back({target, part->bytes, part->sha256});
  return name;
}

}  // namespace inferscale::artifact
