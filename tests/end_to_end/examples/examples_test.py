#!/usr/bin/env python3
"""Runs what the README of examples/worker_python says, line by line, and what docs/how-to/extend/add-a-backend.md says, and looks at
what came of it.
Usage: examples_test.py INFERSCALE"""
import json
import pathlib
import re
import shlex
import struct
import subprocess

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


class WorkerOfThePage(ProgramTest):
    """docs/how-to/extend/add-a-backend.md"""

    def setUp(self):
        super().setUp()
        self.page = (ROOT / "docs/how-to/extend/add-a-backend.md").read_text()
        worker = self.folder / "workers/inferscale-worker-rising"
        worker.parent.mkdir()
        worker.write_text(re.search(r"```python\n(.+?)```", self.page, re.DOTALL)[1])
        worker.chmod(0o755)
        self.environment |= {"PYTHONPATH": str(ROOT / "workers/python"), "INFERSCALE_WORKER_PATH": str(worker.parent)}

    def test_its_lines(self):
        prefix = r"^PYTHONPATH=workers/python INFERSCALE_WORKER_PATH=FOLDER inferscale (.+)$"
        backends, bench = [shlex.split(line) for line in re.findall(prefix, self.page, re.MULTILINE)]
        self.assertIn("rising-cpu", self.run_program(*backends).stdout)
        self.assertIn("Python lists", self.run_program(*bench).stdout)

    def test_a_study(self):
        self.write_plan(backends=["rising-cpu", "null-cpu"], modes=["prefill", "generate"])
        self.run_program("study", "--plan", "plan.json")
        self.assertEqual({row["outcome"] for row in self.rows()}, {"ok"})
        self.assertEqual(len(self.rows()), 4)

    def test_its_logits(self):
        file = self.folder / "logits"
        requests = [{"type": "load", "backend": "rising-cpu", "logits": "all", "threads": 1, "vocabulary": 4, "max_positions": 8},
                    {"type": "score", "tokens": [[0, 3, 0]]}, {"type": "logits", "tokens": [[1, 2]], "file": str(file)}]
        done = subprocess.run([self.folder / "workers/inferscale-worker-rising"], env=self.environment, text=True, check=True,
                              input="".join(json.dumps(request) + "\n" for request in requests), capture_output=True)
        _, scored, logits = map(json.loads, done.stdout.splitlines())
        likely, unlikely = scored["log_probabilities"][0]
        self.assertAlmostEqual(likely - unlikely, 0.75)
        self.assertLess(likely, 0)
        self.assertEqual(logits["shape"], [1, 2, 4])
        self.assertEqual(list(struct.unpack("<8f", file.read_bytes())), [0, 0.25, 0.5, 0.75] * 2)


main()
