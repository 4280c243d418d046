#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace inferscale::test {

/// A script with every `placeholder` replaced.
inline std::string filled(std::string script, std::string_view placeholder, std::string_view value) {
  for (auto at = script.find(placeholder); at != std::string::npos;
       at = script.find(placeholder, at + value.size())) {
    script.replace(at, placeholder.size(), value);
  }
  return script;
}

/// A worker that is a shell script: it misbehaves as its body says. Requests come on its stdin.
inline std::filesystem::path script_worker(const std::filesystem::path& folder, std::string_view name,
                                           std::string_view body) {
  const auto file = folder / name;
  {
    std::ofstream script(file);
    script << "#!/bin/sh\n" << body << "\n";
  }
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  return file;
}

}  // namespace inferscale::test
