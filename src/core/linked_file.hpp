#pragma once

#include <filesystem>

#include "core/error.hpp"

namespace inferscale {

/// Gives a file a second name, whose folder is made where it is missing: a hard link, which costs nothing and
/// stays when the first name goes; a copy where the file system or its rules allow no link (another disk, a
/// file of another user). Not a symbolic link: ONNX Runtime 1.32 and OpenVINO 2026.4 refuse external data
/// that resolves to a place outside of the graph's folder. A `name` that is the same file already stays; what
/// else has that name is replaced. True when it is a link, false for a copy.
Result<bool> link_or_copy(const std::filesystem::path& file, const std::filesystem::path& name);

}  // namespace inferscale
