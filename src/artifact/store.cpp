#include "artifact/store.hpp"

#include <algorithm>
#include <mutex>
#include <system_error>
#include <vector>

#include "core/clock.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/sha256.hpp"

namespace inferscale::artifact {

/// What this process has made or verified, so that a large file is hashed once a process and not once a use.
class ArtifactStore::State {
 public:
  std::optional<Artifact> find(const std::filesystem::path& file) {
    const std::scoped_lock lock(mutex_);
    const auto known = known_.find(file);
    if (known == known_.end()) {
      return std::nullopt;
    }
    Artifact artifact = known->second;
    artifact.reused = true;
    return artifact;
  }

  Artifact keep(const Artifact& artifact) {
    const std::scoped_lock lock(mutex_);
    return known_[artifact.path] = artifact;
  }

 private:
  std::mutex mutex_;
  std::map<std::filesystem::path, Artifact> known_;
};

namespace {

constexpr std::size_t kKeyDigits = 10;
constexpr const char* kLinkedWeights = "linked_weights";

struct Place {
  std::filesystem::path file, sidecar, lock;
  std::string key;
};

/// "gpt2:layers=7,hidden=640,heads=10" as a folder name; what a shell or file system trips over becomes '_'.
std::string folder_name(const std::string& model_name) {
  std::string name = model_name;
  std::replace_if(
      name.begin(), name.end(),
      [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) == 0 &&
               std::string_view("-_.=,").find(c) == std::string_view::npos;
      },
      '_');
  return name;
}

Place place_of(const std::filesystem::path& root, const model::Model& model, const Recipe& recipe) {
  Place place;
  place.key = sha256_hex(to_line(recipe.key));
  const auto folder = root / folder_name(model.name) / recipe.kind;
  const auto name = fmt::format("{}-{}{}", recipe.stem, place.key.substr(0, kKeyDigits), recipe.extension);
  place.file = folder / name;
  place.sidecar = folder / (name + ".json");
  place.lock = folder / fmt::format(".{}.lock", name);
  return place;
}

/// Compares one file with what the sidecar says of it: {"bytes", "sha256"}; the size first, as it costs
/// nothing.
std::optional<std::string> fault_of_file(const std::filesystem::path& file, const Json& said,
                                         const KnownHashes& hashes) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  if (error) {
    return error.message();
  }
  if (!said.is_object() || said.value("bytes", std::uint64_t{0}) != bytes) {
    return "its size is not what its .json says";
  }
  const auto actual = hashes.sha256(file);
  if (!actual) {
    return actual.error().message;
  }
  if (said.value("sha256", std::string{}) != *actual) {
    return "its SHA-256 is not what its .json says";
  }
  return std::nullopt;
}

Artifact described(const Place& place, const Json& sidecar, bool reused) {
  Artifact artifact;
  artifact.path = place.file;
  artifact.json = place.sidecar;
  artifact.sha256 = sidecar.value("sha256", std::string{});
  artifact.bytes = sidecar.value("bytes", std::uint64_t{0});
  if (const auto data = sidecar.find("external_data"); data != sidecar.end()) {
    artifact.bytes += data->value("bytes", std::uint64_t{0});
  }
  if (const auto linked = sidecar.find(kLinkedWeights); linked != sidecar.end()) {
    for (const Json& one : *linked) {
      artifact.bytes += one.value("bytes", std::uint64_t{0});
    }
  }
  artifact.seconds = sidecar.value("seconds", 0.0);
  artifact.reused = reused;
  return artifact;
}

/// The stored artifact, if it is whole; else why it is not. Sidecars are read as untrusted text: a field of
/// the wrong type is a fault like any other.
tl::expected<Artifact, std::string> read_stored(const Place& place, const KnownHashes& hashes) try {
  const auto sidecar = read_json_file(place.sidecar);
  if (!sidecar) {
    return tl::unexpected(sidecar.error().message);
  }
  if (!sidecar->is_object() || sidecar->value("key_sha256", std::string{}) != place.key) {
    return tl::unexpected<std::string>("its .json is of something else");
  }
  if (const auto fault = fault_of_file(place.file, *sidecar, hashes)) {
    return tl::unexpected(*fault);
  }
  Json beside = sidecar->value(kLinkedWeights, Json::array());
  if (const auto data = sidecar->find("external_data"); data != sidecar->end()) {
    beside.push_back(*data);
  }
  for (const Json& one : beside) {
    const auto name = one.value("file", std::string{});
    if (const auto fault = fault_of_file(place.file.parent_path() / name, one, hashes)) {
      return tl::unexpected(fmt::format("of {}: {}", name, *fault));
    }
  }
  return described(place, *sidecar, true);
} catch (const Json::exception& e) {
  return tl::unexpected<std::string>(e.what());
}

std::optional<Artifact> find_whole(const Place& place, const KnownHashes& hashes) {
  std::error_code error;
  if (!std::filesystem::exists(place.file, error)) {
    return std::nullopt;
  }
  auto stored = read_stored(place, hashes);
  if (!stored) {
    log_info("'{}' is made again: {}", place.file.string(), stored.error());
    return std::nullopt;
  }
  return *stored;
}

/// Temporary files of makers that were killed; whoever holds the artifact's lock is the only maker.
void remove_leftovers(const Place& place) {
  std::error_code ignored;
  const auto start = fmt::format(".{}.", place.file.filename().string());
  std::vector<std::filesystem::path> leftovers;
  for (const auto& entry : std::filesystem::directory_iterator(place.file.parent_path(), ignored)) {
    const auto name = entry.path().filename().string();
    if (name.compare(0, start.size(), start) == 0 && entry.path().extension() == ".tmp") {
      leftovers.push_back(entry.path());
    }
  }
  for (const auto& leftover : leftovers) {
    std::filesystem::remove(leftover, ignored);
  }
}

Json to_json(const onnx_graph::WrittenFile& file) {
  return Json{{"file", file.file.filename().string()}, {"bytes", file.bytes}, {"sha256", file.sha256}};
}

Json sidecar_of(const Place& place, const Recipe& recipe, const Made& made, double seconds) {
  Json sidecar{{"file", place.file.filename().string()},
               {"kind", recipe.kind},
               {"bytes", made.file.bytes},
               {"sha256", made.file.sha256},
               {"seconds", seconds},
               {"made_at", utc_timestamp()}};
  if (made.external_data) {
    sidecar["external_data"] = to_json(*made.external_data);
  }
  for (const onnx_graph::WrittenFile& linked : made.linked_weights) {
    sidecar[kLinkedWeights].push_back(to_json(linked));
  }
  sidecar.update(recipe.details);
  if (made.details.is_object()) {
    sidecar.update(made.details);
  }
  sidecar["key"] = recipe.key;
  sidecar["key_sha256"] = place.key;
  return sidecar;
}

}  // namespace

ArtifactStore::ArtifactStore(std::filesystem::path root, bool force_export, std::function<bool()> cancelled)
    : root_(std::move(root)),
      hashes_(root_ / "hashes"),
      force_export_(force_export),
      cancelled_(std::move(cancelled)),
      state_(std::make_unique<State>()) {}
ArtifactStore::~ArtifactStore() = default;

Result<Artifact> ArtifactStore::get_or_make(const model::Model& model, const Recipe& recipe, bool force) {
  const Place place = place_of(root_, model, recipe);
  TRY_ASSIGN(const FileLock lock, FileLock::acquire(place.lock, cancelled_));  // holds threads back too
  if (auto known = state_->find(place.file)) {
    return *known;
  }
  if (!force) {
    if (const auto whole = find_whole(place, hashes_)) {
      return state_->keep(*whole);
    }
  }
  remove_leftovers(place);
  const auto start = Clock::now();
  TRY_ASSIGN(const Made made, recipe.make(place.file));
  const Json sidecar = sidecar_of(place, recipe, made, seconds_since(start));
  TRY(write_file_atomic(place.sidecar, to_pretty(sidecar)));
  hashes_.trust(place.file, {made.file.sha256, false});
  if (made.external_data) {
    hashes_.trust(made.external_data->file, {made.external_data->sha256, false});
  }
  return state_->keep(described(place, sidecar, false));
}

std::optional<Artifact> ArtifactStore::find(const model::Model& model, const Recipe& recipe) {
  const Place place = place_of(root_, model, recipe);
  if (auto known = state_->find(place.file)) {
    return known;
  }
  const auto stored = read_stored(place, hashes_);
  return stored ? std::optional<Artifact>(state_->keep(*stored)) : std::nullopt;
}

}  // namespace inferscale::artifact
