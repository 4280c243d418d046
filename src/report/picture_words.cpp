// The findings of pictures in words.
#include "report/picture_words.hpp"

#include <algorithm>
#include <map>

#include "analysis/quantity.hpp"
#include "report/answer.hpp"
#include "report/wording.hpp"

namespace inferscale::report {

using namespace analysis;

namespace {

/// "3.64 times": of a ratio on either side of 1.
std::string times_text(double ratio) {
  return ratio_text(ratio) + " times";
}

/// Those on one workload, lowest latency first.
using Ranking = std::vector<const CellStatistics*>;

std::vector<Ranking> rankings_of(const Analysis& analysis, protocol::Mode mode, const std::string& model) {
  std::vector<Ranking> rankings;
  for (const protocol::Scenario& scenario : analysis.scenarios) {
    Ranking ranking;
    for (const CellStatistics& cell : analysis.cells) {
      if (cell.mode == mode && cell.model == model && cell.scenario == scenario && cell.latency_ms.n > 0) {
        ranking.push_back(&cell);
      }
    }
    std::stable_sort(ranking.begin(), ranking.end(),
                     [](const auto* a, const auto* b) { return a->latency_ms.mean < b->latency_ms.mean; });
    if (!ranking.empty()) {
      rankings.push_back(std::move(ranking));
    }
  }
  return rankings;
}

/// Backends by how many workloads they have an end of the ranking on, most first.
template <class End>
std::vector<std::pair<std::string, std::size_t>> tally_of(const std::vector<Ranking>& rankings, End end) {
  std::vector<std::pair<std::string, std::size_t>> tally;
  for (const Ranking& ranking : rankings) {
    const std::string& backend = end(ranking)->backend;
    const auto found =
        std::find_if(tally.begin(), tally.end(), [&](const auto& one) { return one.first == backend; });
    if (found == tally.end()) {
      tally.emplace_back(backend, 1);
    } else {
      ++found->second;
    }
  }
  std::stable_sort(tally.begin(), tally.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return tally;
}

std::string on_workloads(std::size_t count, std::size_t all) {
  return all == 1       ? "on the workload"
         : count == all ? "on every workload"
                        : fmt::format("on {} of {} workloads", count, all);
}

/// Over the workloads on which a backend comes last: how many times the lowest its latency is.
std::string last_words(const std::vector<Ranking>& rankings) {
  const auto [last, count] = tally_of(rankings, [](const Ranking& one) { return one.back(); }).front();
  double low = 0, high = 0;
  for (const Ranking& ranking : rankings) {
    if (ranking.back()->backend == last) {
      const double factor = ranking.back()->latency_ms.mean / ranking.front()->latency_ms.mean;
      low = low == 0 ? factor : std::min(low, factor);
      high = std::max(high, factor);
    }
  }
  const std::string range = excess_range_text(low, high);
  return fmt::format("{} has the highest {}, {}{} the lowest", last, on_workloads(count, rankings.size()),
                     range, range.ends_with('%') ? " above" : "");
}

/// A backend's cells of a family, by batch.
std::vector<const CellStatistics*> batches_of(const Analysis& analysis, protocol::Mode mode,
                                              const BatchFamily& family, const std::string& backend) {
  std::vector<const CellStatistics*> cells;
  for (const CellStatistics& cell : analysis.cells) {
    if (cell.mode == mode && cell.model == family.model && cell.backend == backend &&
        cell.scenario.prompt_tokens == family.prompt_tokens && cell.latency_ms.n > 0 &&
        cell.throughput_tok_s.mean > 0) {
      cells.push_back(&cell);
    }
  }
  std::stable_sort(cells.begin(), cells.end(),
                   [](const auto* a, const auto* b) { return a->scenario.batch < b->scenario.batch; });
  return cells;
}

/// What the largest batch gives over the smallest.
struct Gain {
  std::string backend;
  int from = 0, to = 0;
  double throughput = 1, latency = 1;  ///< ratios
  double reached_tok_s = 0;            ///< at the largest batch
};

std::vector<Gain> gains_of(const Analysis& analysis, protocol::Mode mode, const BatchFamily& family) {
  std::vector<Gain> gains;
  for (const BackendFacts& backend : analysis.backends) {
    const auto cells = batches_of(analysis, mode, family, backend.name);
    if (cells.empty() || cells.front()->scenario.batch == cells.back()->scenario.batch) {
      continue;
    }
    const CellStatistics &first = *cells.front(), &last = *cells.back();
    gains.push_back({backend.name, first.scenario.batch, last.scenario.batch,
                     last.throughput_tok_s.mean / first.throughput_tok_s.mean,
                     last.latency_ms.mean / first.latency_ms.mean, last.throughput_tok_s.mean});
  }
  std::stable_sort(gains.begin(), gains.end(),
                   [](const Gain& a, const Gain& b) { return a.throughput > b.throughput; });
  return gains;
}

/// A backend's part of the limit of one model, over all workloads.
struct LimitShare {
  std::string backend;
  double seconds = 0, limit_seconds = 0;
  bool holds = true;
  [[nodiscard]] double share() const { return limit_seconds / seconds; }
  [[nodiscard]] std::string words() const { return fmt::format("{:.1f}%", 100 * share()); }
};

/// Nearest to the limit first.
std::vector<LimitShare> shares_of(const Analysis& analysis, const ModelSize& model, protocol::Mode mode,
                                  const std::string& device, const std::vector<RooflineShare>& shares) {
  std::vector<LimitShare> all;
  for (const BackendFacts& backend : analysis.backends) {
    LimitShare sum{backend.name};
    for (const RooflineShare& one : shares) {
      if (one.mode == mode && one.backend == backend.name && one.model == model.name &&
          backend.device == device) {
        sum.seconds += one.latency_ms;
        sum.limit_seconds += one.limit_ms;
        sum.holds = sum.holds && one.limit_holds;
      }
    }
    if (sum.seconds > 0) {
      all.push_back(std::move(sum));
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const LimitShare& a, const LimitShare& b) { return a.share() > b.share(); });
  return all;
}

/// Backends with a ratio to their fp32 on one model, highest first.
std::vector<std::pair<double, std::string>> ratios_of(const ModelSize& model, protocol::Mode mode,
                                                      const std::vector<PrecisionComparison>& comparisons) {
  std::vector<std::pair<double, std::string>> ratios;
  for (const PrecisionComparison& one : comparisons) {
    if (one.mode == mode && one.model == model.name && one.speedup) {
      ratios.emplace_back(one.speedup->ratio, one.backend);
    }
  }
  std::stable_sort(ratios.begin(), ratios.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  return ratios;
}

}  // namespace

std::string latency_words(const Analysis& analysis, protocol::Mode mode, const std::string& model) {
  const auto rankings = rankings_of(analysis, mode, model);
  if (rankings.empty()) {
    return {};
  }
  std::vector<std::string> firsts;
  for (const auto& [backend, count] : tally_of(rankings, [](const Ranking& one) { return one.front(); })) {
    firsts.push_back(fmt::format("{}{} {}", backend, firsts.empty() ? " has the lowest" : "",
                                 on_workloads(count, rankings.size())));
  }
  const bool several =
      std::any_of(rankings.begin(), rankings.end(), [](const Ranking& one) { return one.size() > 1; });
  return and_list(firsts) + (several ? "; " + last_words(rankings) : "") + ".";
}

std::string tradeoff_words(const Analysis& analysis, protocol::Mode mode, const BatchFamily& family) {
  const auto gains = gains_of(analysis, mode, family);
  if (gains.empty()) {
    return {};
  }
  const auto leads = std::max_element(gains.begin(), gains.end(), [](const Gain& a, const Gain& b) {
    return a.reached_tok_s < b.reached_tok_s;
  });
  const Gain &most = gains.front(), &least = gains.back();
  const std::string gained = fmt::format("From batch {} to {} {} gains{} {} the throughput at {} the latency",
                                         most.from, most.to, most.backend, gains.size() == 1 ? "" : " most,",
                                         times_text(most.throughput), times_text(most.latency));
  const std::string others = gains.size() == 1
                                 ? ""
                                 : fmt::format(", and {} least, {} at {}", least.backend,
                                               times_text(least.throughput), times_text(least.latency));
  return fmt::format("{}{}; {} reaches the highest, {} tok/s.", gained, others, leads->backend,
                     number_text(leads->reached_tok_s));
}

std::string precision_words(const Analysis& analysis, protocol::Mode mode,
                            const std::vector<PrecisionComparison>& comparisons) {
  std::vector<std::pair<double, std::vector<std::string>>> sizes;
  for (const ModelSize& model : analysis.models) {
    std::vector<std::string> words;
    for (const auto& [ratio, backend] : ratios_of(model, mode, comparisons)) {
      words.push_back(fmt::format("{} {}", backend, times_text(ratio)));
    }
    if (!words.empty()) {
      sizes.emplace_back(static_cast<double>(model.parameters), std::move(words));
    }
  }
  if (sizes.empty()) {
    return {};
  }
  const std::string last =
      fmt::format("At {} parameters: {}", parameters_text(sizes.back().first), and_list(sizes.back().second));
  return sizes.size() == 1 ? last + "."
                           : fmt::format("{}; at {}: {}.", last, parameters_text(sizes.front().first),
                                         and_list(sizes.front().second));
}

std::string roofline_words(const Analysis& analysis, protocol::Mode mode, const std::string& device,
                           const std::vector<RooflineShare>& shares) {
  for (auto model = analysis.models.rbegin(); model != analysis.models.rend(); ++model) {
    auto all = shares_of(analysis, *model, mode, device, shares);
    if (all.empty()) {
      continue;
    }
    const std::size_t before = all.size();
    std::erase_if(all, [](const LimitShare& one) { return !one.holds; });
    if (all.empty()) {
      return fmt::format("On {} no limit that was measured holds.", model->name);
    }
    const std::string none = before == all.size()
                                 ? ""
                                 : fmt::format("; for {} of {} backends no limit that was measured holds",
                                               before - all.size(), before);
    const std::string nearest = fmt::format("On {} {} comes nearest to the limit, {} of it", model->name,
                                            all.front().backend, all.front().words());
    const std::string farthest =
        all.size() == 1 ? "" : fmt::format("; {} stays farthest, {}", all.back().backend, all.back().words());
    return nearest + farthest + none + ".";
  }
  return {};
}

}  // namespace inferscale::report
