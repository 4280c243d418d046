#pragma once

#include <string>

namespace inferscale::analysis {

/// "102,714", "5.04 M", "1.24 B": sizes as people read them, 3 significant digits from a million up.
std::string parameters_text(double parameters);
/// A ratio with 3 significant digits: "1.45", "21.9", "0.683".
std::string ratio_text(double ratio);
/// A throughput or latency with 4 significant digits and thousands separated: "12,340", "3.142".
std::string number_text(double value);
/// A share with its sign: "+0.09%", "-12.3%"; "under 0.01%" either way.
std::string change_text(double share);
/// "-58906.278" as "-58,906.278": a number without an exponent.
std::string separate_thousands(std::string digits);

}  // namespace inferscale::analysis
