#!/usr/bin/env python3
"""A study from Python: run inferscale as a program, read its rows into pandas, and ask what the report does not say.

  study.py [OPTION...]      options go to `inferscale study`
"""
import json
import os
import pathlib
import subprocess
import sys

import pandas

INFERSCALE = os.environ.get("INFERSCALE", "inferscale")
LABEL = "from-python"


def measure(options):
    """Exit code 0: every row is ok or unsupported. 1: something is degraded, and its row says what. 2: wrong usage."""
    done = subprocess.run([INFERSCALE, "study", "--label", LABEL, "--quiet", *options], check=False)
    if done.returncode > 1:
        sys.exit(done.returncode)


def rows(label):
    """A line a repetition. Nested fields become columns: latency_ms.mean, latency_ms.p99."""
    files = sorted(pathlib.Path("results", label, "raw").glob("*.jsonl"))
    return pandas.json_normalize([json.loads(line) for file in files for line in file.read_text().splitlines()])


def main():
    measure(sys.argv[1:] or ["--preset", "quick", "--models", "tiny-gpt2,gpt2-5m"])
    table = rows(LABEL)
    print(table.groupby("outcome").size().to_string(), "\n")
    ok = table[table.outcome == "ok"]
    # A repetition is one process. Statistics are over repetitions, never over the iterations inside one.
    tails = ok.assign(tail=ok["latency_ms.p99"] / ok["latency_ms.median"])
    print(tails.groupby(["model", "backend"])[["latency_ms.mean", "tail", "memory_peak_mb"]].mean().round(3).to_string())


main()
