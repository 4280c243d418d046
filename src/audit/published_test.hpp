#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/published_tables.hpp"

namespace inferscale::audit {

/// One row of tests.csv, with the means, standard deviations and intervals that the other tables print for
/// its two backends.
struct PublishedTest {
  struct Side {
    std::optional<Printed> mean, sd, low, high;
  };
  std::string name;  ///< "gpt2: transformers-gpu-compile - tensorrt-int8"
  std::optional<Printed> t, p, d;
  Side first, second;
  double spread_first = 0, spread_second = 0;  ///< sd between the scenarios' printed values; 0: unknown
};

std::vector<PublishedTest> published_tests(const PublishedTables& tables, const CsvTable& table);

}  // namespace inferscale::audit
