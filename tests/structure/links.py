#!/usr/bin/env python3
"""Checks what programs and libraries link, by the file links.txt that cmake/links.cmake writes; docs/explanation/architecture.md says why.

- each folder of src/ but cli is one library, inferscale_FOLDER;
- `inferscale` links nothing that runs in a worker alone, and a worker nothing that runs in the orchestrator alone;
- what reads a finished study (READERS) links neither ONNX, protobuf, CLI11 or a runtime nor what runs studies: record and
  analysis are installed as a library (cmake/development.cmake).

Usage: links.py LINKS_FILE; or links.py --self-test, which proves that each rule can fail.
"""
import pathlib
import re
import sys

from layering import BOTH, FOLDERS, ORCHESTRATOR, WORKER

READERS = {"record", "analysis", "audit", "search", "report"}
READABLE = {"core", "machine", "protocol", "model", "family"} | READERS  # what they may link of ours
FOREIGN = re.compile(r"onnx|protobuf|cli11|openvino|nvinfer|cudart", re.IGNORECASE)
PREFIX = "inferscale_"


def read(text):
    """{target: [what it links]}"""
    links = {}
    for line in text.splitlines():
        target, _, names = line.partition(":")
        links[target] = re.findall(r"[^\s;$<>]+", re.sub("links-NOTFOUND|LINK_ONLY:", "", names))
    return links


def reached(links, target):
    """{what the target links, directly or not: who brings it}"""
    found = {}
    todo = [target]
    while todo:
        here = todo.pop()
        for name in links.get(here, []):
            if name not in found:
                found[name] = here
                todo.append(name)
    return found


def folder_of(target):
    name = target.removeprefix(PREFIX)
    return name if target.startswith(PREFIX) and name in FOLDERS else None


def process_problems(links):
    """Rule: a program links nothing of the other kind of process."""
    found = []
    for target in links:
        program = ORCHESTRATOR if target == "inferscale" else WORKER if target.startswith("inferscale-") else None
        if program is None:
            continue
        for name, through in reached(links, target).items():
            folder = folder_of(name)
            if folder and FOLDERS[folder] not in (BOTH, program):
                found.append(f"{target} links {name} (through {through}), which is of {FOLDERS[folder]}")
    return found


def reader_problems(links):
    """Rule: who only reads a study links neither formats of models nor what runs studies."""
    found = []
    for target in sorted(PREFIX + reader for reader in READERS):
        for name, through in reached(links, target).items():
            folder = folder_of(name)
            if (folder and folder not in READABLE) or FOREIGN.search(name):
                found.append(f"{target} links {name} (through {through})")
    return found


def problems(links):
    missing = [f"there is no library {PREFIX}{folder}" for folder in FOLDERS
               if folder != "cli" and PREFIX + folder not in links]
    return missing + process_problems(links) + reader_problems(links)


def self_test():
    """Each rule, broken once, in a small graph of links."""
    good = {PREFIX + folder: [] for folder in FOLDERS if folder != "cli"}
    good |= {"inferscale": ["inferscale_study", "inferscale_report"], "inferscale-worker-null": ["inferscale_worker"],
             "inferscale_report": ["inferscale_analysis", "fmt::fmt"], "inferscale_analysis": ["inferscale_record"],
             "inferscale_record": ["inferscale_protocol"], "inferscale_study": ["inferscale_onnx"],
             "inferscale_onnx": ["protobuf::libprotobuf"], "inferscale_worker": ["inferscale_measure"]}
    cases = {
        "a worker's library in the orchestrator": {"inferscale_study": ["inferscale_measure"]},
        "an orchestrator's library in a worker": {"inferscale_worker": ["inferscale_client"]},
        "analysis links what runs studies": {"inferscale_record": ["inferscale_study"]},
        "analysis links protobuf": {"inferscale_analysis": ["protobuf::libprotobuf"]},
        "analysis links a parser of options": {"inferscale_analysis": ["CLI11::CLI11"]},
        "analysis links ONNX on the quiet": {"inferscale_record": ["inferscale_protocol", "inferscale_onnx_protos"]},
    }
    wrong = [f"self-test: {line}" for line in problems(good)]
    wrong += [f"self-test: {name} is not noticed" for name, change in cases.items() if not problems(good | change)]
    without = {target: names for target, names in good.items() if target != "inferscale_record"}
    if not problems(without):
        wrong.append("self-test: a missing library is not noticed")
    parsed = read("a: $<LINK_ONLY:b> c\nd: links-NOTFOUND\n")
    if parsed != {"a": ["b", "c"], "d": []}:
        wrong.append(f"self-test: read as {parsed}")
    return wrong


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = self_test() if sys.argv[1] == "--self-test" else problems(read(pathlib.Path(sys.argv[1]).read_text()))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
