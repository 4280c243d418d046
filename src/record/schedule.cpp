#include "record/schedule.hpp"

#include <iterator>
#include <limits>
#include <map>
#include <utility>

#include "model/random.hpp"

namespace inferscale::record {
namespace {

std::string identity_of(std::string_view model, std::string_view backend, std::string_view scenario,
                        protocol::Mode mode, int repetition) {
  constexpr char kSeparator = '\x1f';  // ASCII's unit separator: in no sensible name
  return fmt::format("{1}{0}{2}{0}{3}{0}{4}{0}{5}", kSeparator, model, backend, scenario, to_string(mode),
                     repetition);
}

std::vector<Repetition> all_repetitions(const Plan& plan) {
  std::vector<Repetition> all;
  for (const auto& model : plan.models) {
    for (const auto& backend : plan.backends) {
      for (const auto& scenario : plan.scenarios) {
        for (const protocol::Mode mode : plan.modes) {
          for (int number = 0; number < plan.repetitions; ++number) {
            all.push_back({model, backend, scenario, mode, number});
          }
        }
      }
    }
  }
  return all;
}

/// Uniform in [0, bound): draws that would favour small numbers are rejected.
class Draw {
 public:
  explicit Draw(std::uint64_t key) : key_(key) {}
  std::uint64_t below(std::uint64_t bound) {
    constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t limit = kMax - kMax % bound;
    std::uint64_t bits = limit;
    while (bits >= limit) {
      bits = model::random_bits(key_, index_++);
    }
    return bits % bound;
  }

 private:
  std::uint64_t key_;
  std::uint64_t index_ = 0;
};

/// Fisher and Yates; draws nothing for one item.
template <class Item>
void shuffle(std::vector<Item>& items, Draw& draw) {
  for (std::size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[draw.below(i)]);
  }
}

/// Repetitions of one number and cell, of one backend's variants; all others alone.
std::vector<std::vector<Repetition>> in_neighbourhoods(const Plan& plan, std::vector<Repetition> all) {
  std::vector<std::vector<Repetition>> groups;
  std::map<std::string, std::size_t> places;
  for (Repetition& one : all) {
    const Variant* variant = find_variant(plan.variants, one.backend);
    const std::string& backend = variant == nullptr ? one.backend : variant->backend;
    const auto key = identity_of(one.model, backend, one.scenario.name, one.mode, one.number);
    const auto [place, is_new] =
        variant == nullptr ? std::pair(places.end(), true) : places.try_emplace(key, groups.size());
    if (is_new) {
      groups.emplace_back();
    }
    groups[is_new ? groups.size() - 1 : place->second].push_back(std::move(one));
  }
  return groups;
}

}  // namespace

std::string describe(const Repetition& repetition) {
  return fmt::format("{} {} {} {} #{}", repetition.model, repetition.backend, repetition.scenario.name,
                     to_string(repetition.mode), repetition.number + 1);
}

std::string identity(const Repetition& repetition) {
  return identity_of(repetition.model, repetition.backend, repetition.scenario.name, repetition.mode,
                     repetition.number);
}
std::string identity(const Row& row) {
  return identity_of(row.model, name_in_plan(row), row.scenario.name, row.mode, row.repetition);
}

std::vector<Repetition> schedule(const Plan& plan) {
  auto neighbours = in_neighbourhoods(plan, all_repetitions(plan));
  Draw draw(model::stream_key(plan.seed, "order of repetitions"));
  shuffle(neighbours, draw);
  std::vector<Repetition> order;
  for (auto& side_by_side : neighbours) {
    shuffle(side_by_side, draw);
    std::move(side_by_side.begin(), side_by_side.end(), std::back_inserter(order));
  }
  return order;
}

}  // namespace inferscale::record
