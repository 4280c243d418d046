// Confidence intervals: their centre, the mean they are of, and the n that ties them to the standard
// deviation.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "analysis/distributions.hpp"
#include "audit/published_tables.hpp"

namespace inferscale::audit {

using namespace analysis;

namespace {

constexpr int kLargestN = 10000;

/// Every n from 2 at which `factor(n)` x sd can be the half width.
template <class Factor>
std::set<int> possible_n(const Interval& half_width, const Interval& sd, Factor factor) {
  std::set<int> found;
  for (int n = 2; n <= kLargestN; ++n) {
    const double f = factor(n);
    if (ranges_meet(half_width, {f * sd.low, f * sd.high})) {
      found.insert(n);
    } else if (f * sd.high < half_width.low) {
      break;  // the factor only falls from here
    }
  }
  return found;
}

double student_factor(int n) {
  return student_t_quantile(0.975, n - 1) / std::sqrt(n);
}

double normal_factor(int n) {
  return normal_quantile(0.975) / std::sqrt(n);
}

std::string n_text(const std::set<int>& n) {
  if (n.empty()) {
    return "no n";
  }
  return *n.begin() == *n.rbegin() ? fmt::format("n = {}", *n.begin())
                                   : fmt::format("n = {} to {}", *n.begin(), *n.rbegin());
}

struct IntervalRow {
  std::string name;
  Printed mean, low, high;
  std::optional<Printed> sd;
};

std::optional<IntervalRow> read_row(const CsvTable& table, const CsvTable::Row& row) {
  const auto mean = table.number(row, "mean_tok_s");
  const auto low = table.number(row, "ci95_low");
  const auto high = table.number(row, "ci95_high");
  if (!mean || !low || !high) {
    return std::nullopt;
  }
  return IntervalRow{fmt::format("{} {}", table.text(row, "model"), table.text(row, "backend")), *mean, *low,
                     *high, table.number(row, "standard_deviation")};
}

AuditFinding check_centre(const IntervalRow& row) {
  const auto centre = recompute({row.low, row.high}, [](const std::vector<double>& ends) {
    return std::optional((ends[0] + ends[1]) / 2);
  });
  return judge(row.name + ": centre of the interval", row.mean, centre, "(low + high) / 2");
}

/// The interval and standard deviation together: the n they need, by Student's t and by the normal
/// distribution.
struct ImpliedN {
  std::set<int> student, normal;
  [[nodiscard]] bool none() const { return student.empty() && normal.empty(); }
};

ImpliedN implied_n(const IntervalRow& row, Interval Printed::* ends) {
  const Interval& low = row.low.*ends;
  const Interval& high = row.high.*ends;
  const Interval half{(high.low - low.high) / 2, (high.high - low.low) / 2};
  return {possible_n(half, (*row.sd).*ends, student_factor),
          possible_n(half, (*row.sd).*ends, normal_factor)};
}

AuditFinding check_sd(const IntervalRow& row, ImpliedN& implied) {
  const auto what = row.name + ": standard deviation and interval";
  const auto published = fmt::format("{} to {}, sd {}", row.low.text, row.high.text, row.sd->text);
  implied = implied_n(row, &Printed::range);
  if (implied.none()) {
    const ImpliedN loosely = implied_n(row, &Printed::loose);
    return {what, published, "no n", loosely.none() ? Agreement::disagrees : Agreement::cannot_be_told,
            "no sample size makes this interval from this standard deviation" +
                std::string(loosely.none() ? "" : kOnlyLoosely)};
  }
  return {what, published, n_text(implied.student), Agreement::agrees,
          fmt::format("half width = t(97.5%, n - 1) sd / sqrt(n); by the normal distribution, {}",
                      n_text(implied.normal))};
}

std::set<int> intersect(const std::set<int>& one, const std::set<int>& other) {
  std::set<int> both;
  std::set_intersection(one.begin(), one.end(), other.begin(), other.end(), std::inserter(both, both.end()));
  return both;
}

/// 0 when it does not divide.
int divided(int total, int by) {
  return by > 0 && total % by == 0 ? total / by : 0;
}

/// Sample sizes that the other tables know: runs of a backend, of a model, of a cell; scenarios.
std::set<int> known_sample_sizes(const PublishedTables& tables) {
  std::set<int> sizes;
  const auto scenarios = static_cast<int>(tables.scenarios("prefill").size());
  if (scenarios > 1) {
    sizes.insert(scenarios);
  }
  std::set<std::string, std::less<>> models;
  if (const CsvTable* overall = tables.find("throughput_overall.csv")) {
    for (const auto& row : overall->rows()) {
      models.emplace(overall->text(row, "model"));
    }
  }
  const CsvTable* runs = tables.find("degradation.csv");
  for (std::size_t i = 0; runs != nullptr && i < runs->rows().size(); ++i) {
    for (const auto* column : {"prefill_runs", "prefill_ok"}) {
      const auto count = runs->number(runs->rows()[i], column);
      const int total = count ? static_cast<int>(count->value) : 0;
      const int of_model = divided(total, static_cast<int>(models.size()));
      for (const int size : {total, of_model, divided(of_model, scenarios)}) {
        if (size > 1) {
          sizes.insert(size);
        }
      }
    }
  }
  return sizes;
}

/// Over the table: one n for all rows, and whether that many runs were made of anything.
void check_common_n(const PublishedTables& tables, const std::vector<ImpliedN>& implied,
                    AuditSection& section) {
  ImpliedN common = implied.front();
  for (const ImpliedN& one : implied) {
    common.student = intersect(common.student, one.student);
    common.normal = intersect(common.normal, one.normal);
  }
  const bool any = !common.student.empty() || !common.normal.empty();
  section.findings.push_back(
      {"all rows: one sample size", "-", n_text(common.student),
       any ? Agreement::agrees : Agreement::disagrees,
       fmt::format("the n that every row's interval and standard deviation allow; by the "
                   "normal distribution, {}",
                   n_text(common.normal))});
  const auto sizes = known_sample_sizes(tables);
  if (!any || sizes.empty()) {
    section.not_checked.emplace_back(
        "the sample size against the study: no degradation.csv or throughput_by_scenario.csv to know it "
        "from");
    return;
  }
  const bool known = !intersect(sizes, common.student).empty() || !intersect(sizes, common.normal).empty();
  std::string list;
  for (const int size : sizes) {
    list += fmt::format("{}{}", list.empty() ? "" : ", ", size);
  }
  section.findings.push_back(
      {"all rows: the sample size against the study", list, n_text(common.student),
       known ? Agreement::agrees : Agreement::disagrees,
       "published: the counts of runs (of a backend, a model, a cell) and scenarios in the other tables; "
       "recomputed: the n that the intervals need"});
}

void check_mean_of(const PublishedTables& tables, const CsvTable& table, const CsvTable::Row& row,
                   const IntervalRow& values, AuditSection& section) {
  const auto overall = tables.overall(table.text(row, "model"), table.text(row, "backend"), "prefill");
  if (!overall) {
    section.not_checked.push_back(values.name + ": no prefill mean in throughput_overall.csv");
    return;
  }
  section.findings.push_back(judge(values.name + ": mean", values.mean, Recomputed::copy_of(*overall),
                                   "the prefill mean of throughput_overall.csv"));
}

}  // namespace

AuditSection check_intervals(const PublishedTables& tables) {
  AuditSection section{"confidence intervals",
                       "An interval of a mean is centred on it, and its half width is Student's t times the "
                       "standard deviation over the root of n.",
                       {},
                       {}};
  const auto* table = tables.require("confidence_intervals.csv",
                                     {"model", "backend", "mean_tok_s", "ci95_low", "ci95_high"}, section);
  if (table == nullptr) {
    return section;
  }
  std::vector<ImpliedN> implied;
  for (const auto& row : table->rows()) {
    const auto values = read_row(*table, row);
    if (!values) {
      section.not_checked.push_back(fmt::format("line {}: no mean or no interval", row.line));
      continue;
    }
    check_mean_of(tables, *table, row, *values, section);
    section.findings.push_back(check_centre(*values));
    if (!values->sd) {
      section.not_checked.push_back(values->name + ": no standard deviation");
      continue;
    }
    ImpliedN n;
    section.findings.push_back(check_sd(*values, n));
    if (!n.none()) {
      implied.push_back(std::move(n));
    }
  }
  if (implied.size() > 1) {
    check_common_n(tables, implied, section);
  }
  return section;
}

}  // namespace inferscale::audit
