// The files that the figures come from.
#include "report/sections.hpp"
#include "report/wording.hpp"

namespace inferscale::report {
namespace {

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

}  // namespace

Blocks artifacts_section(const Source& source) {
  Blocks blocks{Heading{2, "Artifacts"}};
  List files;
  const auto file = [&](const char* name, const char* what) {
    files.items.push_back(Text().code(name).plain(what));
  };
  file("raw/*.jsonl", ": one row a repetition");
  file("processed/*.json", ": every figure of this report, for programs");
  file("plan.json", ": what was asked for; running it again resumes or repeats the study");
  file("manifest.json", ": SHA-256 of every file and artifact");
  blocks.emplace_back(std::move(files));
  if (source.plan) {
    blocks.emplace_back(
        Paragraph{Text("The same study again: ")
                      .code(fmt::format("inferscale study --plan {}/plan.json --label {}-again",
                                        source.machine, source.machine))
                      .plain("; this report: ")
                      .code("inferscale report " + results_folder(source))
                      .plain("."),
                  false});
  }
  const auto artifacts =
      source.manifest.is_object() ? source.manifest.find("artifacts") : source.manifest.end();
  if (artifacts != source.manifest.end() && artifacts->is_array()) {
    if (Table table = artifact_table(*artifacts); !table.rows.empty()) {
      blocks.push_back(details(count_text(static_cast<long>(table.rows.size()), "artifact"), {table}));
    }
  }
  return blocks;
}

}  // namespace inferscale::report
