#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

#include "core/plain_text.hpp"

namespace inferscale::terminal {

/// To stdout, control characters as '?': names and errors come from plans, workers and results of others,
/// and a terminal obeys what they hold.
template <class... Args>
void print(fmt::format_string<Args...> format, Args&&... args) {
  const std::string text = plain_text(fmt::format(format, std::forward<Args>(args)...));
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace inferscale::terminal
