#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "report/sections.hpp"
#include "report/svg.hpp"

namespace inferscale::report {

/// Where the pictures of a report go.
struct PictureFolder {
  std::filesystem::path folder;
  std::string prefix;  ///< of each name: tells the pictures of several machines apart

  /// Writes a picture and adds it to `into`; nothing for an empty one. Letters, digits and dashes of `name`
  /// become the file's.
  Result<void> keep(const std::string& name, std::string svg, Figure figure, std::vector<Figure>& into) const;
};

/// "plots/decision-prefill.svg" without the folder and the ending: a file's name and an id everywhere.
std::string plain_name(std::string name);

/// The pictures that need no other program.
Result<Figures> draw_pictures(const Source& source, const PictureFolder& folder);

}  // namespace inferscale::report
