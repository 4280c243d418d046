#!/usr/bin/env python3
"""Checks that a setting of a plan is declared once: a member of Plan, one declaration, a row of docs/reference/plans.md.

The JSON name of a setting stands in quotes in src/record/plan_fields.hpp, and its option too. Nothing else that reads, writes or
compares plans names either, but for the rules of names that src/record/plan.cpp checks (one mention a setting).

Usage: settings.py ROOT BIN; or settings.py --self-test, which proves that the rules can fail.
"""
import json
import pathlib
import subprocess
import sys

DECLARATION = "src/record/plan_fields.hpp"
CHECKS = "src/record/plan.cpp"
READERS = ("src/record/plan*.?pp", "src/record/preset.cpp", "src/cli/study.cpp")
COMMAND = "src/cli/study.cpp"
ALLOWED = {("src/record/plan_fields.hpp", "name"),  # a field of a scenario too, in a comment
           (COMMAND, "repetitions"),                # how many are in the order that --dry-run prints
           (COMMAND, "--device"), (COMMAND, "--backends"),  # --device without --backends picks backends
           (COMMAND, "--models"), (COMMAND, "--label"),     # models that are named make a label of their own
           (COMMAND, "--tokenizer")}                        # without a corpus it would say nothing


def mentions(texts, word):
    """How often "word" stands in quotes, by file."""
    return {name: text.count(f'"{word}"') for name, text in texts.items() if f'"{word}"' in text}


def problems(texts, settings):
    """`texts`: by file; `settings`: of `inferscale fields --json`."""
    found = []
    for setting in settings:
        for word in filter(None, (setting["name"], setting["option"])):
            for name, count in mentions(texts, word).items():
                allowed = 1 if name == DECLARATION or (name == CHECKS and word == setting["name"]) else 0
                if count > allowed and (name, word) not in ALLOWED:
                    found.append(f"{name}: names \"{word}\" {count} times; {DECLARATION} declares it")
            if word not in texts[DECLARATION]:
                found.append(f"{DECLARATION}: has no \"{word}\"")
    return found


def self_test():
    setting = [{"name": "timeout_s", "option": "--timeout"}]
    declared = '"timeout_s" "--timeout"'
    right = {DECLARATION: declared, "src/cli/study.cpp": ""}
    wrong = [right | {"src/cli/study.cpp": '"--timeout"'}, {DECLARATION: declared + '"timeout_s"'}, {DECLARATION: ""}]
    return [f"self-test: {texts}" for texts in wrong if not problems(texts, setting)] + problems(right, setting)


def main():
    if sys.argv[1:] == ["--self-test"]:
        found = self_test()
    elif len(sys.argv) == 3:
        root = pathlib.Path(sys.argv[1])
        table = subprocess.run([pathlib.Path(sys.argv[2]) / "inferscale", "fields", "--json"], check=True, capture_output=True,
                               text=True).stdout
        texts = {file.relative_to(root).as_posix(): file.read_text() for pattern in READERS for file in root.glob(pattern)}
        found = problems(texts, json.loads(table)["plan"])
    else:
        sys.exit(__doc__)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
