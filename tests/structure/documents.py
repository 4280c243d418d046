#!/usr/bin/env python3
"""Checks that the documents are about this tree.

- every relative link of a Markdown file leads to a file, and every docs/NAME.md that a source names is there;
- every `inferscale COMMAND --option` that README and docs/ show, and every bare `--option`, exists in --help;
- no line of a document has more than 160 characters, tables and blocks of code excepted;
- each row of docs/reference/protocol.md's field tables is a field that a worker takes (requests) or sends (replies), and a
  worker sends no field that has no row;
- the worked exchange is what the worker answers;
- each field that a study writes has its name in docs/reference/results.md;
- docs/reference/plans.md's tables of settings have the type, unit, range, default and option that `inferscale fields --json` declares, and
  docs/reference/results.md's tables of a row, of quality.json and of the analysis's objects, and docs/reference/protocol.md's of messages, name the declared fields, and no others.

Usage: documents.py ROOT BIN; or documents.py --self-test, which proves that the rules over text can fail.
"""
import csv
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
DOCUMENT = re.compile(r"docs/[\w/.-]+\.md")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z0-9-]*)")
COMMAND = re.compile(r"\binferscale ((?:[a-z]+ ?\| ?)*[a-z]+)\b([^|`\n]*(?:\\\n[^`\n]*)*)")
MOST_CHARACTERS = 160
# What these documents may show of other programs.
FOREIGN = re.compile(r"^\s*(\$ )?(cmake|ctest|docker|git|apt|python3?|pip|ln|sudo|scripts/|bench/)|--cpuset-cpus|--cpus")


def markdown_files(root):
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("examples/**/*.md")])


def broken_links(root):
    found = []
    for file in markdown_files(root):
        for target in LINK.findall(FENCE.sub("", file.read_text())):
            path = target.split("#")[0]
            if "://" not in target and path and not (file.parent / path).exists():
                found.append(f"{file.relative_to(root)}: links to {target}, which is not there")
    for area in ("src", "workers", "bench", "scripts", "tests", "examples"):
        for file in sorted((root / area).rglob("*")):
            if file.suffix not in {".cpp", ".hpp", ".py", ".txt", ".sh", ""} or not file.is_file() or file == pathlib.Path(__file__):
                continue
            try:
                text = file.read_text()
            except UnicodeDecodeError:
                continue
            for name in sorted(set(DOCUMENT.findall(text))):
                if not (root / name).exists():
                    found.append(f"{file.relative_to(root)}: names {name}, which is not there")
    return found


def long_lines(name, text):
    """Counted with blocks of code emptied, so that line numbers stay."""
    lines = FENCE.sub(lambda block: "\n" * block[0].count("\n"), text).splitlines()
    return [f"{name}:{number}: {len(line)} characters, more than {MOST_CHARACTERS}" for number, line in enumerate(lines, 1)
            if len(line) > MOST_CHARACTERS and not line.startswith("|")]


def snippets(text):
    """Inline code, and the lines of fenced blocks, a command that goes on after a backslash or in brackets as one."""
    for block in FENCE.findall(text):
        yield from re.sub(r"(\\\n|\n {4,})", " ", block).splitlines()[1:-1]
    yield from CODE.findall(FENCE.sub("", text))


def unknown_options(name, text, commands):
    """`commands`: long options by command."""
    every = set().union(*commands.values())
    found = []
    for snippet in snippets(text):
        if FOREIGN.search(snippet):
            continue
        if match := COMMAND.search(snippet):
            for command in re.split(r" ?\| ?", match[1]):
                if command not in commands:
                    found.append(f"{name}: shows 'inferscale {command}', and there is no such command")
                    continue
                missing = [option for option in OPTION.findall(snippet) if option not in commands[command] | commands[""]]
                found += [f"{name}: 'inferscale {command}' has no {option}" for option in missing]
        elif snippet.lstrip().startswith("--") or re.match(r"[a-z]+ --", snippet):
            words = snippet.split()
            known = commands.get(words[0], every)
            found += [f"{name}: shows {option}, which no command has" for option in OPTION.findall(snippet)
                      if option not in known]
    return found


def commands_of(program):
    def options(*command):
        text = subprocess.run([program, *command, "--help"], check=True, capture_output=True, text=True).stdout
        below = re.findall(r"^  ([a-z]+)\b", text.split("Subcommands:")[1], re.MULTILINE) if "Subcommands:" in text else []
        return below, set(OPTION.findall(text))

    names, own = options()
    known = {"": own}
    for name in names:
        below, known[name] = options(name)
        known[name] = known[name].union(*(options(name, one)[1] for one in below))  # `artifacts prune` counts as `artifacts`
    return known


def field_tables(text):
    """{(message, "request" or "reply"): [field, ...]} of docs/reference/protocol.md."""
    tables = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title = section.split("\n")[0]
        for kind, rows in re.findall(r"^\| (request|reply) field \|.*\n\|[ -|]*\|\n((?:\|.*\n)+)", section, re.MULTILINE):
            tables[title, kind] = [field for row in rows.splitlines() for field in re.findall(r"`([^`]+)`", row.split("|")[1])]
    return tables


def protocol_problems(root, programs, folder):
    text = (root / "docs/reference/protocol.md").read_text()
    tables = field_tables(text)
    requests = {
        "hello": {"protocol": 1},
        "load": {"backend": "null-cpu", "artifact": "", "weights": "", "logits": "last", "threads": 1, "cpus": [],
                 "vocabulary": 61, "max_positions": 32, "seed": 1, "options": {}},
        "measure": {"mode": "generate", "scenario": {"name": "x", "batch": 1, "prompt_tokens": 4}, "new_tokens": 2,
                    "warmup_iterations": 1, "stop": {"target_relative_half_width": 0.5, "min_iterations": 2,
                                                     "max_iterations": 3, "max_s": 0.1}, "token_seed": 1},
        "logits": {"tokens": [[1, 2]], "file": f"{folder}/logits"},
    }
    lines = [json.dumps({"type": kind} | {field: fields[field] for field in tables[kind, "request"] if field in fields})
             for kind, fields in requests.items()]
    worker = subprocess.run([programs / "inferscale-worker-null"], input="\n".join(lines) + "\n", check=True,
                            capture_output=True, text=True)
    found = [f"docs/reference/protocol.md: section '{kind}' has no row for '{field}'" for kind, fields in requests.items()
             for field in fields if field not in tables[kind, "request"]]
    for kind, line in zip(requests, worker.stdout.splitlines(), strict=True):
        reply = json.loads(line)
        if reply["type"] == "error":
            found.append(f"docs/reference/protocol.md: the fields of section '{kind}' do not make a request: {reply['message']}")
        else:
            rows = set(tables[kind, "reply"])
            found += [f"docs/reference/protocol.md: the reply to '{kind}' has '{field}', which has no row" for field in reply.keys() - rows]
    return found


def exchange_problems(root, programs):
    """The worked exchange is what the null worker answers, but for what it measured."""
    section = (root / "docs/reference/protocol.md").read_text().split("## A worked exchange")[1]
    lines = FENCE.search(section)[0].splitlines()[2:-1]
    requests = [line[2:] for line in lines if line.startswith("> ")]
    shown = [json.loads(line) for line in lines if not line.startswith("> ")]
    worker = subprocess.run([programs / "inferscale-worker-null"], input="\n".join(requests) + "\n", check=True,
                            capture_output=True, text=True)
    answers = [json.loads(line) for line in worker.stdout.splitlines()]
    same = [one == other if one["type"] in ("hello", "error") else keys_of(one) == keys_of(other)
            for one, other in zip(shown, answers)]
    if len(shown) != len(answers) or not all(same):
        return [f"docs/reference/protocol.md: the worked exchange is not what the worker answers now: {worker.stdout}"]
    return []


def number(value):
    """As documents write it: thousands with commas, no exponent."""
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def type_cell(field):
    """"number, s, 0.1 to 604,800"."""
    return ", ".join([field["type"], *([field["unit"]] if field["unit"] else []),
                      *([" to ".join(map(number, field["range"]))] if field["range"] else [])])


def default_cell(field):
    if field["otherwise"] or field["required"]:
        return field["otherwise"] or "required"
    value = field["default"]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return "false" if value is False else f"`{json.dumps(value)}`"


def setting_problems(text, heading, fields):
    """The table under `heading` against declared fields: every cell but the last, which is words."""
    table = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[ -|]*\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    if not table:
        return [f"docs/reference/plans.md: has no table '{heading}'"]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table[1].splitlines()]
    shown = {row[0].strip("`"): row[1:] for row in rows}
    found = [f"docs/reference/plans.md: '{name}' is no setting" for name in shown if name not in {field["name"] for field in fields}]
    for field in fields:
        option = [f"`{field['option']}`" if field["option"] else ""] if "option" in table[0].splitlines()[0] else []
        wanted = [type_cell(field), default_cell(field), *option]
        cells = shown.get(field["name"], [])
        if cells[:len(wanted)] != wanted:
            found.append(f"docs/reference/plans.md: the row of '{field['name']}' has {cells[:len(wanted)]}, and {wanted} is declared")
    return found


def declaration_problems(root, programs):
    declared = json.loads(subprocess.run([programs / "inferscale", "fields", "--json"], check=True, capture_output=True,
                                         text=True).stdout)
    plans = (root / "docs/reference/plans.md").read_text()
    version = {"name": "schema_version", "type": "integer", "unit": "", "range": None, "required": False, "default": 1,
               "otherwise": "", "option": ""}
    found = setting_problems(plans, "field | type | default | option", [version, *declared["plan"]])
    found += setting_problems(plans, "field of `stop` | type | default", declared["plan.stop"])
    tables = field_tables((root / "docs/reference/protocol.md").read_text())
    for owner in (owner for owner in declared if owner.endswith((" request", " reply"))):
        shown, names = tables[tuple(owner.split())], ["type", *(field["name"] for field in declared[owner])]
        if shown != names:
            found.append(f"docs/reference/protocol.md: the table of the {owner} has {shown}, and {names} are declared")
    results = (root / "docs/reference/results.md").read_text()
    for section, owner in [("raw/&lt;mode&gt;.jsonl", "row"), ("quality.json", "quality")]:
        rows = re.findall(r"^\| (`.*)", results.split(f"## {section}")[1].split("\n## ")[0].split("| field of")[0], re.MULTILINE)
        shown = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[0])} - {"schema_version"}
        names = {field["name"] for field in declared[owner]}
        found += [f"docs/reference/results.md: section {section} has no row for '{name}'" for name in sorted(names - shown)]
        found += [f"docs/reference/results.md: section {section} has '{name}', which is not declared" for name in sorted(shown - names)]
    return found + object_problems(results, declared)


# Not fields: values that a row of these tables explains, metrics, and file names.
WORDS = {"measured", "interpolated", "extrapolated", "bounded", "lower_bounded", "upper_bounded", "unbounded",
         "slope_not_significant", "memory", "compute"}


def object_problems(text, declared):
    """The rows of the tables `object | fields` against declared fields: all of them, and no others. `line, band` are both "line"."""
    found, rows = [], {}
    for table in re.findall(r"^\| object \| fields \|\n\|[ -|]*\|\n((?:\|.*\n)+)", text, re.MULTILINE):
        for row in table.splitlines():
            name, cell = row.strip("| ").split(" | ", 1)
            rows[name.split(",")[0].split(" (")[0]] = set(re.findall(r"`(\w+)`", cell))
    if metrics := re.search(r"^\| metric \| better \|.*\n\|[ -|]*\|\n((?:\|.*\n)+)", text, re.MULTILINE):
        rows["metric"] = {name for row in metrics[1].splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    for name, shown in rows.items():
        if name not in declared:
            found.append(f"docs/reference/results.md: has a row for '{name}', which is not declared")
            continue
        fields = {field["name"] for field in declared[name]}
        counts = {field["name"] for field in declared["counts"]}
        tests = {field["name"] for field in declared["ratio test"]}
        found += [f"docs/reference/results.md: the row of '{name}' lacks '{field}'" for field in sorted(fields - shown - counts - tests)]
        if name in ("counts", "ratio test"):
            found += [f"docs/reference/results.md: the row of '{name}' lacks '{field}'" for field in sorted(fields - shown)]
        found += [f"docs/reference/results.md: the row of '{name}' has '{field}', which is not declared"
                  for field in sorted(shown - fields - WORDS)]
    return found


def keys_of(json_value):
    if isinstance(json_value, dict):
        return set(json_value) | set().union(*map(keys_of, json_value.values()), set())
    return set().union(*map(keys_of, json_value)) if isinstance(json_value, list) and json_value else set()


def result_problems(root, programs, folder):
    """Fields of a small study of two backends that compute nothing: it has every file."""
    sizes = [f"gpt2:layers=1,hidden={hidden},heads=2,vocabulary=61,positions=32" for hidden in (2, 4, 8, 16)]
    plan = {"label": "fields", "models": sizes, "backends": ["null-cpu", "pseudo-cpu"], "modes": ["generate"], "repetitions": 2,
            "scenarios": [{"name": "x", "batch": 1, "prompt_tokens": 3}], "new_tokens": 2, "stop": {"max_s": 0.005}}
    (folder / "plan.json").write_text(json.dumps(plan))
    environment = os.environ | {"INFERSCALE_WORKER_PATH": str(root / "examples/worker_python")}
    subprocess.run([programs / "inferscale", "study", "--plan", folder / "plan.json", "--out", folder / "results",
                    "--quiet"], check=True, cwd=folder, env=environment, capture_output=True)
    written = {}
    for file in sorted((folder / "results/fields").rglob("*.*")):
        name = re.sub(r"^.*?/fields/", "", file.as_posix())
        if file.suffix == ".json" and name != "plan.json":
            written[name] = keys_of(json.loads(file.read_text()))
        elif file.suffix == ".jsonl":
            written[name] = set().union(*(keys_of(json.loads(line)) for line in file.read_text().splitlines()))
        elif file.suffix == ".csv":
            written[name] = set(next(csv.reader(file.open())))
    named = set(re.findall(r"`([a-z0-9_]+)`", (root / "docs/reference/results.md").read_text()))
    named |= {"null-cpu", "pseudo-cpu"}  # names of backends are keys in environment.json
    found = [f"docs/reference/results.md: {name} has '{key}', which is not described" for name, keys in written.items()
             for key in sorted(keys - named)]
    return found


def self_test():
    commands = {"": {"--help"}, "study": {"--plan"}, "models": {"--json"}}
    wrong = {
        "`inferscale dance`": "no such command", "`inferscale study --json`": "has no --json", "`--speed`": "which no command has",
        "```\ninferscale study --plan x \\\n  --speed\n```": "has no --speed",
    }
    right = ["`inferscale study --plan x --help`", "`--json`", "`cmake --preset x`", "```\ninferscale models --json\n```"]
    found = [f"self-test: {text!r}" for text, part in wrong.items() if part not in "".join(unknown_options("x", text, commands))]
    found += [f"self-test: {text!r}" for text in right if unknown_options("x", text, commands)]
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        (root / "src").mkdir()
        (root / "README.md").write_text("[a](docs/none.md) [b](README.md)")
        (root / "src/a.hpp").write_text("// docs/none.md")
        if len(broken_links(root)) != 2:
            found.append("self-test: links")
    field = {"name": "a_s", "type": "number", "unit": "s", "range": [0.1, 604800], "required": False, "default": 180.0,
             "otherwise": "", "option": "--a"}
    for row, problems in [("| share | `a` and `memory` |\n", 0), ("| share | `b` |\n", 2), ("| other | `a` |\n", 1)]:
        declared = {"share": [{"name": "a"}], "counts": [], "ratio test": []}
        if len(object_problems("| object | fields |\n| --- | --- |\n" + row, declared)) != problems:
            found.append(f"self-test: objects {row!r}")
    for text, problems in [("x" * 160, 0), ("x" * 161, 1), ("| " + "x" * 160, 0), ("```\n" + "x" * 161 + "\n```", 0)]:
        if len(long_lines("x", text)) != problems:
            found.append(f"self-test: lines {text!r}")
    head = "| field | type | default | option | meaning |\n| --- | --- | --- | --- | --- |\n"
    line = "| `a_s` | number, s, 0.1 to 604,800 | 180 | `--a` | it |\n"
    for text, problems in [(line, 0), (line.replace("180", "18"), 1), (line.replace("604", "605"), 1), (line + "| `b` | x | | | |\n", 1)]:
        if len(setting_problems(head + text, "field | type | default | option", [field])) != problems:
            found.append(f"self-test: settings {text!r}")
    return found


def main():
    if sys.argv[1:] == ["--self-test"]:
        found = self_test()
    elif len(sys.argv) == 3:
        root, programs = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
        commands = commands_of(programs / "inferscale")
        found = broken_links(root)
        for file in markdown_files(root):
            if file.name != "CHANGELOG.md":
                found += unknown_options(file.relative_to(root), file.read_text(), commands)
            if file.name != "CHANGELOG.md" and not file.match("docs/results/*/*/*.md"):  # a line a change; what the program writes
                found += long_lines(file.relative_to(root), file.read_text())
        with tempfile.TemporaryDirectory() as name:
            found += protocol_problems(root, programs, pathlib.Path(name)) + exchange_problems(root, programs)
            found += result_problems(root, programs, pathlib.Path(name))
        found += declaration_problems(root, programs)
    else:
        sys.exit(__doc__)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
