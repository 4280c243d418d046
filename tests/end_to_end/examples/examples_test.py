#!/usr/bin/env python3
"""Runs what the README of examples/worker_python says, line by line, and looks at what came of it.
Usage: examples_test.py INFERSCALE"""
import json
import pathlib
import re
import shlex

from program import ProgramTest, main

ROOT = pathlib.Path(__file__).resolve().parents[3]


class WorkerInPython(ProgramTest):
    workers = str(ROOT / "examples/worker_python")

    def commands(self):
        """Arguments of each `inferscale` line in the README."""
        text = (ROOT / "examples/worker_python/README.md").read_text().replace("\\\n", " ")
        prefix = r"^INFERSCALE_WORKER_PATH=examples/worker_python inferscale (.+)$"
        return [shlex.split(line) for line in re.findall(prefix, text, re.MULTILINE)]

    def test_the_readme(self):
        backends, bench, study = self.commands()
        self.assertIn("pseudo-cpu", self.run_program(*backends).stdout)
        self.assertIn("Python", self.run_program(*bench).stdout)
        self.assertIn("4 ok", self.run_program(*study).stdout)
        rows = [json.loads(line) for line in (self.folder / "results/example/raw/prefill.jsonl").read_text().splitlines()]
        self.assertEqual([row["outcome"] for row in rows], ["ok"] * 4)
        self.assertEqual({row["backend"] for row in rows}, {"null-cpu", "pseudo-cpu"})


main()
