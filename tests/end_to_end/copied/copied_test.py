#!/usr/bin/env python3
"""Scripts of examples/ that people copy, on small models: choose_runtime, guard_upgrade, study_from_python.
Usage: copied_test.py INFERSCALE. The last needs pandas (scripts/setup --test fetches it)."""
import importlib.util
import pathlib
import subprocess
import sys
import unittest

from program import PROGRAM, ProgramTest, main, write_llama_folder

EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / "examples"
SMALL = ["--repetitions", "2", "--scenarios", "single_micro"]


class Copied(ProgramTest):
    def run_example(self, *command, code=0, **environment):
        done = subprocess.run(command, cwd=self.folder, env={**self.environment, "INFERSCALE": str(PROGRAM), **environment},
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, code, f"{done.stdout}\n{done.stderr}")
        return done.stdout

    def test_choose_names_a_backend_for_a_folder(self):
        write_llama_folder(self, "smollm2")
        said = self.run_example(EXAMPLES / "choose_runtime/choose", "./smollm2", "--repetitions", "2", SCENARIOS="single_micro")
        self.assertRegex(said, r"use (onnxruntime|openvino)-cpu")
        self.assertTrue((self.folder / "results/choose/report.html").is_file())

    def test_guard_passes_what_is_no_slower_and_stops_what_no_longer_runs(self):
        guard = EXAMPLES / "guard_upgrade/guard"
        study = ["--models", "tiny-gpt2", "--backends", "onnxruntime-cpu", "--modes", "prefill", *SMALL]
        # So wide that no spread of this machine is a change: what is tested is the script, not the statistics.
        wide = {"PIP": "true", "THRESHOLD": "99%"}
        done = subprocess.run([guard, "x==1", *study], cwd=self.folder, capture_output=True, text=True, check=False,
                              env={**self.environment, "INFERSCALE": str(PROGRAM), **wide})
        self.assertIn(done.returncode, (0, 3), f"{done.stdout}\n{done.stderr}")
        self.run_example(guard, "x==1", *study, code=1, PIP="false")  # an upgrade that cannot be installed

    @unittest.skipUnless(importlib.util.find_spec("pandas"), "no pandas: scripts/setup --test fetches it")
    def test_study_from_python_reads_rows(self):
        said = self.run_example(sys.executable, EXAMPLES / "study_from_python/study.py", "--models", "tiny-gpt2", "--backends",
                                "onnxruntime-cpu,openvino-cpu", "--modes", "prefill", *SMALL)
        self.assertRegex(said, r"ok +4")
        self.assertRegex(said, r"tiny-gpt2 +onnxruntime-cpu +[\d.]+ +[\d.]+ +[\d.]+")


main()
