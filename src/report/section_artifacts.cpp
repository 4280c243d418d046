// The files that the figures come from.
#include <filesystem>

#include "analysis/quantity.hpp"
#include "core/plain_text.hpp"
#include "record/artifact_use.hpp"
#include "report/command_words.hpp"
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {
namespace {

/// "The files listed are 11.2 GB together, ..."
std::string disk_words(const Json& artifacts) {
  double bytes = 0;
  for (const Json& artifact : artifacts) {
    const auto found = artifact.is_object() ? artifact.find("bytes") : artifact.end();
    bytes += found != artifact.end() && found->is_number() ? found->get<double>() : 0;
  }
  return fmt::format("The files listed are {} together; weights that several share count in each.",
                     bytes_text(bytes));
}

Table artifact_table(const Json& artifacts) {
  Table table{"Model files that were measured",
              {{"File", false}, {"Size", true}, {"SHA-256, first 16 digits", false}},
              {}};
  for (const Json& artifact : artifacts) {
    const auto bytes = artifact.is_object() ? artifact.find("bytes") : artifact.end();
    if (bytes == artifact.end() || !bytes->is_number()) {
      continue;
    }
    table.rows.push_back({Text(field_text(artifact, "path")), Text(bytes_text(bytes->get<double>())),
                          Text().code(field_text(artifact, "sha256").substr(0, 16))});
  }
  return table;
}

std::string count_or_none(const std::optional<int>& count) {
  return count ? std::to_string(*count) : kNone;
}

std::string seconds_or_none(const std::optional<double>& seconds) {
  return seconds ? analysis::number_text(*seconds) : kNone;
}

/// What each backend loaded, of the manifest; engines alone have layers and profiles.
Table loaded_table(const Json& manifest) {
  Table table{"What each backend loaded, and what making it took; weights apart",
              {{"Model", false},
               {"Backend", false},
               {"Mode", false},
               {"Graph", false},
               {"Size", true},
               {"Made in, s", true},
               {"of it calibration, s", true},
               {"of it engine, s", true},
               {"Layers", true},
               {"of them int8", true},
               {"Profiles", true}},
              {}};
  for (const record::ArtifactUse& use : record::uses_of(manifest).uses) {
    if (!use.bytes) {
      continue;
    }
    const std::string form = use.form.empty() ? "" : " " + use.form;
    const std::string dialect = use.dialect.empty() || use.dialect == "portable" ? "" : " " + use.dialect;
    table.rows.push_back({Text(use.model), Text(use.backend), std::string(to_string(use.mode)),
                          Text(use.precision + form + dialect), Text(bytes_text(*use.bytes)),
                          Text(seconds_or_none(use.seconds)), Text(seconds_or_none(use.calibration_s)),
                          Text(seconds_or_none(use.build_s)), Text(count_or_none(use.layers)),
                          Text(count_or_none(use.int8_layers)), Text(count_or_none(use.profiles))});
  }
  return table;
}

/// A copied folder can have any name.
std::string label_again(const std::string& folder) {
  return name_of_text(std::filesystem::path(folder).filename().string() + "-again");
}

}  // namespace

Blocks artifacts_section(const Source& source) {
  Blocks blocks{Heading{2, "Artifacts"}};
  List files;
  const auto file = [&](const char* name, const std::string& what) {
    files.items.push_back(Text().code(name).plain(what));
  };
  file("raw/*.jsonl", ": one row a repetition");
  file("processed/*.json",
       source.other_options.empty()
           ? ": every figure of this report, for programs"
           : fmt::format(": figures for programs, made with other options ({}) than this report, "
                         "so that the answer there may be another",
                         source.other_options));
  file("plan.json", ": what was asked for; running it again resumes or repeats the study");
  file("manifest.json", ": SHA-256 of every file and artifact");
  blocks.emplace_back(std::move(files));
  if (source.plan) {
    const std::string folder = results_folder(source);
    blocks.emplace_back(
        Paragraph{Text("The same study again: ")
                      .code(fmt::format("inferscale study --plan {} --label {}",
                                        shell_word(folder + "/plan.json"), label_again(folder)))
                      .plain("; this report: ")
                      .code("inferscale report " + shell_word(folder))
                      .plain("."),
                  false});
  }
  if (Table table = loaded_table(source.manifest); !table.rows.empty()) {
    blocks.push_back(std::move(table));
  }
  const auto artifacts =
      source.manifest.is_object() ? source.manifest.find("artifacts") : source.manifest.end();
  if (artifacts != source.manifest.end() && artifacts->is_array()) {
    if (Table table = artifact_table(*artifacts); !table.rows.empty()) {
      blocks.emplace_back(Paragraph{Text(disk_words(*artifacts)), false});
      blocks.push_back(details(count_text(static_cast<long>(table.rows.size()), "artifact"), {table}));
    }
  }
  return blocks;
}

}  // namespace inferscale::report
