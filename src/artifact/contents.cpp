#include "artifact/contents.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <system_error>
#include <utility>

#include "core/files.hpp"
#include "record/results_files.hpp"

namespace inferscale::artifact {
namespace {

namespace fs = std::filesystem;
using Inode = std::pair<dev_t, ino_t>;

/// A second name of a file of weights, which graphs beside it point to.
bool is_name_of_weights(const fs::path& file) {
  return file.filename().string().starts_with("weights-") && file.extension() == ".safetensors";
}

/// The artifact that a file is a part of: "x.onnx" of "x.onnx", "x.onnx.json", "x.onnx.data" and
/// ".x.onnx.lock". Empty for others.
std::string artifact_of(const fs::path& file, const std::set<std::string>& names) {
  std::string name = file.filename().string();
  if (name.starts_with('.')) {
    constexpr std::string_view kLock = ".lock";
    return name.ends_with(kLock) ? name.substr(1, name.size() - 1 - kLock.size()) : std::string();
  }
  for (const std::string_view end : {".json", ".data"}) {
    if (name.ends_with(end) && names.contains(name.substr(0, name.size() - end.size()))) {
      return name.substr(0, name.size() - end.size());
    }
  }
  return name;
}

std::chrono::system_clock::time_point time_of(const timespec& time) {
  return std::chrono::system_clock::from_time_t(time.tv_sec);
}

/// Of one kind's folder.
class Folder {
 public:
  Folder(std::string model, std::string kind, std::set<Inode>& counted)
      : model_(std::move(model)), kind_(std::move(kind)), counted_(counted) {}

  void read(const fs::path& folder) {
    std::vector<fs::path> files;
    std::set<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      if (entry->is_regular_file() && !is_name_of_weights(entry->path())) {
        files.push_back(entry->path());
        names.insert(entry->path().filename().string());
      }
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      if (const std::string name = artifact_of(file, names); names.contains(name)) {
        add(name, file);
      }
    }
  }

  void move_to(std::vector<StoredArtifact>& all) {
    for (auto& [name, artifact] : artifacts_) {
      all.push_back(std::move(artifact));
    }
  }

 private:
  void add(const std::string& name, const fs::path& file) {
    StoredArtifact& artifact = artifacts_[name];
    artifact.model = model_;
    artifact.kind = kind_;
    artifact.name = name;
    artifact.files.push_back(file);
    struct stat facts{};
    if (::stat(file.c_str(), &facts) != 0) {
      return;
    }
    if (counted_.insert({facts.st_dev, facts.st_ino}).second) {
      artifact.bytes += static_cast<std::uint64_t>(facts.st_size);
    }
    artifact.last_used = std::max({artifact.last_used, time_of(facts.st_mtim), time_of(facts.st_atim)});
  }

  std::string model_, kind_;
  std::set<Inode>& counted_;
  std::map<std::string, StoredArtifact> artifacts_;
};

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (entry->is_directory() && !entry->is_symlink()) {
      folders.push_back(entry->path());
    }
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

bool goes(const StoredArtifact& artifact, const PruneRules& rules) {
  const auto among = [](const std::set<std::string>& names, const std::string& name) {
    return names.empty() || names.contains(name);
  };
  const auto age = std::chrono::system_clock::now() - artifact.last_used;
  return among(rules.models, artifact.model) && among(rules.kinds, artifact.kind) &&
         !rules.keep.contains(artifact.id()) && (!rules.unused_for || age >= *rules.unused_for);
}

/// False where another process holds its lock.
Result<bool> remove_artifact(const StoredArtifact& artifact) {
  const fs::path folder = artifact.files.front().parent_path();
  TRY_ASSIGN(const auto lock, FileLock::try_acquire(folder / fmt::format(".{}.lock", artifact.name)));
  if (!lock) {
    return false;
  }
  for (const fs::path& file : artifact.files) {
    std::error_code error;
    fs::remove(file, error);
    if (error) {
      return fail("cannot remove '{}': {}", file.string(), error.message());
    }
  }
  std::error_code ignored;
  fs::remove(folder / fmt::format(".{}.lock", artifact.name), ignored);
  return true;
}

/// Names of weights in a folder that no graph's .json there mentions.
void remove_idle_names(const fs::path& folder) {
  std::string mentioned;
  std::vector<fs::path> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (entry->path().extension() == ".json") {
      mentioned += read_file(entry->path()).value_or(std::string());
    } else if (is_name_of_weights(entry->path())) {
      names.push_back(entry->path());
    }
  }
  for (const fs::path& name : names) {
    if (mentioned.find(name.filename().string()) == std::string::npos) {
      fs::remove(name, error);
    }
  }
}

}  // namespace

Result<std::vector<StoredArtifact>> stored_artifacts(const fs::path& root) {
  std::error_code error;
  if (fs::exists(root, error) && !fs::is_directory(root, error)) {
    return fail_usage("'{}' is not a folder: give the folder of an artifact store", root.string());
  }
  std::vector<StoredArtifact> all;
  std::set<Inode> counted;
  for (const fs::path& model : folders_in(root)) {
    for (const fs::path& kind : folders_in(model)) {
      Folder folder(model.filename().string(), kind.filename().string(), counted);
      folder.read(kind);
      folder.move_to(all);
    }
  }
  return all;
}

Result<Pruned> prune(const fs::path& root, const PruneRules& rules) {
  TRY_ASSIGN(const auto all, stored_artifacts(root));
  Pruned result;
  std::set<fs::path> touched;
  for (const StoredArtifact& artifact : all) {
    if (!goes(artifact, rules)) {
      continue;
    }
    if (!rules.dry_run) {
      TRY_ASSIGN(const bool removed, remove_artifact(artifact));
      if (!removed) {
        result.busy.push_back(artifact);
        continue;
      }
      touched.insert(artifact.files.front().parent_path());
    }
    result.bytes += artifact.bytes;
    result.gone.push_back(artifact);
  }
  for (const fs::path& folder : touched) {
    remove_idle_names(folder);
    std::error_code ignored;
    fs::remove(folder, ignored);  // where nothing is left
    fs::remove(folder.parent_path(), ignored);
  }
  return result;
}

Result<std::set<std::string>> artifacts_of_results(const std::vector<std::string>& folders) {
  std::set<std::string> ids;
  for (const std::string& folder : folders) {
    if (!fs::exists(fs::path(folder) / record::kManifestFile)) {
      return fail_usage("'{}' has no manifest.json: nothing says which artifacts it used", folder);
    }
    for (const Json& entry : record::listed_artifacts(folder)) {
      const fs::path path = entry.is_object() ? entry.value("path", std::string()) : std::string();
      const fs::path kind = path.parent_path();
      ids.insert((kind.parent_path().filename() / kind.filename() / path.filename()).string());
    }
  }
  return ids;
}

}  // namespace inferscale::artifact
