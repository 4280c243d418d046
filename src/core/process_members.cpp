#include "core/process_members.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>
#include <system_error>

namespace inferscale {
namespace {

namespace fs = std::filesystem;

constexpr int kRounds = 20;

struct Process {
  pid_t parent = 0, group = 0;
  char state = '?';
};

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

fs::path folder_of(pid_t pid) {
  return fs::path("/proc") / std::to_string(pid);
}

/// "123 (name) S 1 123 ..": a name may hold anything, so what follows the last bracket counts (proc(5)).
Process process_of(pid_t pid) {
  const std::string stat = text_of(folder_of(pid) / "stat");
  std::istringstream fields(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
  Process process;
  fields >> process.state >> process.parent >> process.group;
  return process;
}

std::map<pid_t, Process> all_processes() {
  std::map<pid_t, Process> all;
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.find_first_not_of("0123456789") == std::string::npos) {
      const auto pid = static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10));
      all[pid] = process_of(pid);
    }
  }
  return all;
}

bool descends_from(pid_t pid, pid_t leader, const std::map<pid_t, Process>& all) {
  for (std::size_t steps = 0; steps < all.size(); ++steps) {
    const auto found = all.find(pid);
    if (found == all.end() || found->second.parent <= 1) {
      return false;
    }
    pid = found->second.parent;
    if (pid == leader) {
      return true;
    }
  }
  return false;
}

bool carries(pid_t pid, const std::string& tag) {
  const std::string variables = text_of(folder_of(pid) / "environ");
  for (std::size_t begin = 0; begin < variables.size();) {
    const auto end = std::min(variables.find('\0', begin), variables.size());
    if (std::string_view(variables).substr(begin, end - begin) == tag) {
      return true;
    }
    begin = end + 1;
  }
  return false;
}

}  // namespace

std::vector<pid_t> ProcessMembers::list() const {
  std::vector<pid_t> members;
  const auto all = all_processes();
  for (const auto& [pid, process] : all) {
    const bool alive = process.state != 'Z' && process.state != 'X' && pid != ::getpid();
    if (alive &&
        (pid == leader || process.group == leader || descends_from(pid, leader, all) || carries(pid, tag))) {
      members.push_back(pid);
    }
  }
  return members;
}

double ProcessMembers::rss_mb() const {
  double total_mb = 0;
  const auto page_mb = static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024.0 * 1024.0);
  for (const pid_t pid : list()) {
    std::ifstream statm(folder_of(pid) / "statm");
    long size = 0;
    long resident = 0;
    if (statm >> size >> resident) {
      total_mb += static_cast<double>(resident) * page_mb;
    }
  }
  return total_mb;
}

void ProcessMembers::kill_all_but_leader() const {
  for (int round = 0; round < kRounds; ++round) {
    bool any = false;
    for (const pid_t pid : list()) {
      if (pid != leader) {
        any = true;
        ::kill(pid, SIGKILL);
      }
    }
    if (!any) {
      return;
    }
  }
}

}  // namespace inferscale
