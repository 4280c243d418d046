#!/usr/bin/env python3
"""Scripts of examples/ that people copy, on small models: choose_runtime, guard_upgrade, study_from_python.
Usage: copied_test.py INFERSCALE DEPS. The last needs pandas (scripts/setup --test fetches it)."""
import importlib.util
import json
import pathlib
import subprocess
import sys
import unittest

from program import PROGRAM, ProgramTest, main, write_llama_folder

EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / "examples"
DEPS = pathlib.Path(sys.argv[2])
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
        self.assertRegex(said, r"(onnxruntime|openvino)-cpu")
        self.assertTrue((self.folder / "results/choose/report.html").is_file())

    def test_guard_compares_the_installed_runtime_with_another(self):
        """The other one is the same library, in a folder that pip would have made."""
        library = next((DEPS / "onnxruntime/lib").glob("libonnxruntime.so.1.*"))
        pip = self.folder / "pip"
        pip.write_text(f"mkdir -p upgrade/onnxruntime/capi && cp {library} upgrade/onnxruntime/capi/ && echo \"$@\" > asked\n")
        done = subprocess.run([EXAMPLES / "guard_upgrade/guard", "1.2.3", "--models", "tiny-gpt2", "--modes", "prefill", *SMALL],
                              cwd=self.folder, env={**self.environment, "INFERSCALE": str(PROGRAM), "PIP": f"sh {pip}"},
                              capture_output=True, text=True, check=False)
        self.assertIn(done.returncode, (0, 1, 3), f"{done.stdout}\n{done.stderr}")  # which one, noise decides at two repetitions
        self.assertIn("onnxruntime==1.2.3", (self.folder / "asked").read_text())
        rows = [json.loads(row) for row in (self.folder / "results/guard-1.2.3/raw/prefill.jsonl").read_text().splitlines()]
        self.assertEqual([row["outcome"] for row in rows], ["ok"] * 4)
        self.assertEqual({row["variant"] for row in rows}, {"installed", "upgrade"})
        self.assertIn("onnxruntime-cpu", done.stdout)

    def test_guard_stops_where_there_is_no_such_version(self):
        self.run_example(EXAMPLES / "guard_upgrade/guard", "1.2.3", *SMALL, code=1, PIP="false")

    @unittest.skipUnless(importlib.util.find_spec("pandas"), "no pandas: scripts/setup --test fetches it")
    def test_study_from_python_reads_rows(self):
        said = self.run_example(sys.executable, EXAMPLES / "study_from_python/study.py", "--models", "tiny-gpt2", "--backends",
                                "onnxruntime-cpu,openvino-cpu", "--modes", "prefill", *SMALL)
        self.assertRegex(said, r"ok +4")
        self.assertRegex(said, r"tiny-gpt2 +onnxruntime-cpu +[\d.]+ +[\d.]+ +[\d.]+")


main()
