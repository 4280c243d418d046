#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/checks.hpp"

namespace inferscale::doctor {

/// How this program came to this machine, which decides how a runtime is mended.
struct Installation {
  std::filesystem::path packages;  ///< site-packages, where pip put inferscale; empty when pip did not
  std::string pip;                 ///< the command that installs into it: "/opt/venv/bin/python3 -m pip"
};

/// By the place of the program: site-packages/inferscale/bin.
Installation installation_of(const std::filesystem::path& executable_folder);

/// What to do where no runtime can run: pip's command for both, or how else they come.
std::string how_to_get_runtimes(const Installation& installation);

/// ONNX Runtime and OpenVINO as pip installed them: a line for each that is missing or of another version
/// than this release was made for, with the command that mends it. None where pip did not install inferscale.
std::vector<Finding> check_packages(const Installation& installation);

/// Which `inferscale` a shell runs, when `path` ($PATH) leads to several.
std::vector<Finding> check_path(std::string_view path);

}  // namespace inferscale::doctor
