#include "terminal/indifference_option.hpp"

#include "record/share.hpp"

namespace inferscale::terminal {

void add_indifference_option(CLI::App& command, std::string& text) {
  command
      .add_option("--indifference", text,
                  "Differences up to this are none that anyone acts on; default: the plan's, 5%")
      ->type_name("PERCENT");
}

Result<std::optional<double>> parse_indifference_option(const std::string& text) {
  if (text.empty()) {
    return std::optional<double>();
  }
  TRY_ASSIGN(const double share, record::parse_share(text, "--indifference"));
  return std::optional(share);
}

}  // namespace inferscale::terminal
