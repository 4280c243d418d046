#!/usr/bin/env python3
"""One study over workers that crash, exit, hang, print, compute nonsense and take all memory, and over one that works: it
ends, each row says what happened, and the good rows are as if the others were not there.
Usage: faults_test.py INFERSCALE FOLDER_OF_THE_MISBEHAVING_WORKER"""
import pathlib
import re
import sys

from program import ProgramTest, main, name_of

WORKERS = str(pathlib.Path(sys.argv[2]).resolve())
# Backend: outcome, and what the row's message must say.
FAULTS = {
    "faulty-segv": ("crash", r"signal 11"),
    "faulty-exit": ("crash", r"exit code 3"),
    "faulty-garbage": ("error", r"'Loading model\.\.\. 100%'"),
    "faulty-nan": ("invalid_output", r"(?i)nan|not finite"),
    "faulty-shape": ("invalid_output", r"62.*61|61.*62"),
    "faulty-memory": ("out_of_memory", r"limit of 700 MiB"),
}
# Measured apart: a deadline that comes soon is one that a busy machine may miss with any other worker.
HANGS = {
    "faulty-hang": ("timeout", r"not done within the time limit of 5 s and was killed"),
    "faulty-stubborn": ("timeout", r"not done within the time limit of 5 s and was killed"),
}


class Faults(ProgramTest):
    workers = WORKERS

    def test_a_study_over_all_of_them(self):
        self.write_plan(backends=["null-cpu", *FAULTS])
        done = self.run_program("study", "--plan", "plan.json", "--memory-limit", "700", code=1)
        self.assertIn(f"1 ok, 0 unsupported, {len(FAULTS)} degraded", done.stdout)
        self.assert_nothing_is_left_running()
        self.check_failures(done, FAULTS)
        self.check_good_row(next(row for row in self.rows() if row["backend"] == "null-cpu"))
        before = self.raw()["prefill.jsonl"]
        self.write_plan(backends=["null-cpu", *FAULTS, *HANGS])
        done = self.run_program("study", "--plan", "plan.json", "--timeout", "5", code=1)
        self.assert_nothing_is_left_running()
        self.check_failures(done, HANGS)
        self.assertTrue(self.raw()["prefill.jsonl"].startswith(before))
        self.assertEqual(len(self.rows()), 1 + len(FAULTS) + len(HANGS))
        self.run_program("report", "results/test")

    def check_failures(self, done, faults):
        """Each is one row, one line on stderr and one section of failures.md, and all say the same."""
        rows = {row["backend"]: row for row in self.rows()}
        failures = (self.folder / "results/test/failures.md").read_text()
        for backend, (outcome, message) in faults.items():
            row = rows[backend]
            self.assertEqual(row["outcome"], outcome, row["error"])
            self.assertRegex(row["error"], message)
            self.assertNotIn("\n", row["error"])
            lines = [line for line in done.stderr.splitlines() if re.search(rf"\b{backend}\b", line)]
            self.assertEqual(len(lines), 1, done.stderr)
            self.assertIn(outcome, lines[0])
            self.assertIn(f"{backend}: {outcome}", failures)

    def check_good_row(self, row):
        self.assertEqual(row["outcome"], "ok", row["error"])
        self.assertEqual(row["error"], "")
        self.assertGreater(row["latency_ms"]["mean"], 0)
        self.assertGreaterEqual(row["iterations"], 2)

    def test_the_shortest_timeout(self):
        self.write_plan(backends=["faulty-hang"])
        self.run_program("study", "--plan", "plan.json", "--timeout", "0.1", code=1)
        self.assert_nothing_is_left_running()
        self.assertEqual([row["outcome"] for row in self.rows()], ["timeout"])

    def test_the_next_run_does_not_repeat_what_failed(self):
        self.write_plan(backends=["faulty-exit", "null-cpu"], repetitions=2)
        self.run_program("study", "--plan", "plan.json", code=1)
        before = self.raw()
        self.run_program("study", "--plan", "plan.json", code=1)
        self.assertEqual(self.raw(), before)
        self.assertEqual(len({name_of(row) for row in self.rows()}), 4)


main()
