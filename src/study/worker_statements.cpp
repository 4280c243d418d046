#include "study/worker_statements.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.hpp"
#include "record/plan_ranges.hpp"

namespace inferscale::study {
namespace {

constexpr std::size_t kMostKept = 64U << 10U;
constexpr NumberRange kSeconds = record::range_of<record::Plan>("timeout_s");
constexpr NumberRange kMemory_mb = record::range_of<record::Plan>("memory_limit_mb");

std::vector<int> sorted(std::vector<int> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

Json bounded_statement(Json said) {
  const std::size_t bytes = to_line(said).size();
  if (bytes <= kMostKept) {
    return said;
  }
  return {{"left_out", fmt::format("{} bytes of JSON: a row keeps at most {}", bytes, kMostKept)}};
}

std::string not_as_asked(const protocol::LoadRequest& asked, const protocol::LoadedReply& loaded) {
  std::string text;
  if (loaded.threads != 0 && loaded.threads != asked.threads) {
    text = fmt::format("threads: the worker says {}, and {} were asked for", loaded.threads, asked.threads);
  }
  if (!loaded.cpus.empty() && !asked.cpus.empty() && sorted(loaded.cpus) != sorted(asked.cpus)) {
    text += fmt::format("{}CPUs: the worker says {}, and {} were asked for", text.empty() ? "" : "; ",
                        fmt::join(sorted(loaded.cpus), " "), fmt::join(sorted(asked.cpus), " "));
  }
  return text;
}

Result<void> check_memory(double memory_mb) {
  if (!(memory_mb >= 0 && memory_mb <= kMemory_mb.high)) {
    return fail_as(Outcome::invalid_output, "a memory of {} MiB came back, which no machine has", memory_mb);
  }
  return {};
}

Result<void> check_loaded(const protocol::LoadedReply& loaded) {
  for (const double seconds : {loaded.load_s, loaded.prepare_s}) {
    if (!(seconds >= 0 && seconds <= kSeconds.high)) {
      return fail_as(Outcome::invalid_output, "a load time of {} s came back, which no clock can have given",
                     seconds);
    }
  }
  return check_memory(loaded.memory_mb);
}

}  // namespace inferscale::study
