#pragma once

#include <string>
#include <vector>

#include "core/json.hpp"
#include "machine/caches.hpp"

namespace inferscale::machine {

/// What the machine is: goes into environment.json, and decides whether two studies may be compared.
struct Environment {
  std::string
      hostname_hash;      ///< first 12 digits of SHA-256 of the host's name: tells machines apart, names none
  std::string processor;  ///< "AMD EPYC ..."
  std::vector<std::string> processor_features;  ///< avx2, avx512f, avx512_vnni, amx_int8, ...
  int logical_cpus = 0;                         ///< that this process may use (its affinity mask)
  int physical_cores = 0;
  double memory_gb = 0;  ///< GiB
  Caches caches;
  std::string governor;  ///< CPU frequency governor, or empty
  std::string operating_system;
  std::string kernel;
  std::string glibc;
  std::string inferscale_version;
  std::string compiler;
  bool virtual_machine = false;
};

Environment read_environment();
/// Its processor_features alone, which costs less: workers ask at each start.
std::vector<std::string> processor_features();
Json to_json(const Environment& environment);

/// The CPUs this process may run on, in order.
std::vector<int> allowed_cpus();
/// Physical cores among them (CPUs with the same package and core id count once); at least 1.
int physical_core_count();
/// The CPUs for so many threads: one a physical core first, then their hyper-threads. Fewer than `threads`
/// when this process may not use that many.
std::vector<int> cpus_for_threads(int threads);

}  // namespace inferscale::machine
