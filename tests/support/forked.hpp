#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

namespace inferscale::test {

/// Runs `body` in a child process, for what would change this one (limits, mounts, a sudden end), and gives
/// what it returned; a child that ended otherwise gives "<no answer>".
inline std::string in_child_process(const std::function<std::string()>& body) {
  int ends[2];
  if (::pipe(ends) != 0) {
    return "<no pipe>";
  }
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string said = "+" + body();
    const bool whole = ::write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
    ::_exit(whole ? 0 : 1);
  }
  ::close(ends[1]);
  std::string said;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    said.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return said.empty() ? "<no answer>" : said.substr(1);
}

}  // namespace inferscale::test
