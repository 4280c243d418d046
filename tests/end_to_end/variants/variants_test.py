#!/usr/bin/env python3
"""`study --variant` and `compare --variants`: a backend measured twice in one study, and what came of it.
Usage: variants_test.py INFERSCALE FOLDER_OF_THE_MISBEHAVING_WORKER"""
import json
import shutil
import sys

from program import PROGRAM, SMALL_MODEL, ProgramTest, main


class Variants(ProgramTest):
    workers = sys.argv[2]
    SMALL = ["--models", SMALL_MODEL, "--scenarios", "single_micro,single_short", "--modes", "prefill", "--repetitions", "3"]

    def study(self, *options, label="test", code=0):
        return self.run_program("study", *self.SMALL, "--label", label, *options, code=code)

    def order(self, *options):
        return json.loads(self.study(*options, "--dry-run", "--json").stdout)["order"]

    def test_a_study_of_two_variants_is_compared(self):
        options = ["--variant", "base=null-cpu", "--variant", "new=null-cpu,x=1"]
        order = self.order(*options)
        self.assertEqual(len(order), 12)
        for one, other in zip(order[::2], order[1::2]):
            self.assertEqual(one.replace("@base", "@new"), other.replace("@base", "@new"))
        self.study(*options)
        self.study(*options)  # resumes, and finds nothing to do
        rows = self.rows()
        self.assertEqual(sorted((row["backend"], row["variant"]) for row in rows), [("null-cpu", "base")] * 6 + [("null-cpu", "new")] * 6)
        plan = json.loads((self.folder / "results/test/plan.json").read_text())
        self.assertEqual(plan["backends"], ["null-cpu@base", "null-cpu@new"])
        done = self.run_program("compare", "--variants", "results/test", "--threshold", "95%", "--json", code=(0, 3))
        comparison = json.loads(done.stdout)
        self.assertTrue(comparison["interleaved"])
        self.assertEqual(len(comparison["cells"]), 2)
        self.assertIn({"field": "variant of null-cpu", "base": "null-cpu", "new": "null-cpu, x=1", "decides": False},
                      comparison["differences"])
        self.run_program("report", "results/test")
        self.assertIn("null-cpu@new", (self.folder / "results/test/report.md").read_text())
        self.assertIn("there is no 'other'", self.run_program("compare", "--variants", "results/test", "base", "other", code=2).stderr)

    def test_a_worker_of_its_own(self):
        """A copy of the worker elsewhere; and one that has no such backend, whose rows say so."""
        copy = self.folder / "copy/inferscale-worker-null"
        copy.parent.mkdir()
        shutil.copy2(PROGRAM.parent / "inferscale-worker-null", copy)
        self.study("--variant", "base=null-cpu", "--variant", f"new=null-cpu,worker={copy}")
        self.assertEqual({row["outcome"] for row in self.rows()}, {"ok"})
        other = f"{self.workers}/inferscale-worker-misbehaving"
        self.study("--variant", "base=null-cpu", "--variant", f"new=null-cpu,worker={other}", label="other")
        rows = [json.loads(line) for line in (self.folder / "results/other/raw/prefill.jsonl").read_text().splitlines()]
        self.assertEqual({row["error"] != "" for row in rows if row["variant"] == "new"}, {True})
        self.assertEqual({row["outcome"] for row in rows if row["variant"] == "new"}, {"unsupported"})
        gone = self.run_program("compare", "--variants", "results/other", code=2)  # nothing ran on both
        self.assertIn("no cell in common", gone.stderr)

    def test_shared_workers_and_backends_beside(self):
        order = self.order("--variant", "base=null-cpu", "--variant", "new=null-cpu", "--backends", "null-cpu", "--share-workers")
        self.assertEqual(len(order), 18)

    def test_wrong_usage(self):
        self.assertIn("is not NAME=BACKEND", self.study("--variant", "null-cpu", code=2).stderr)
        self.assertIn("no such file", self.study("--variant", "a=null-cpu,worker=nothing", code=2).stderr.lower())
        self.assertIn("holds none of the libraries", self.study("--variant", "a=null-cpu,library=.", code=2).stderr)
        self.assertIn("unknown backend", self.study("--variant", "a=nul-cpu", code=2).stderr)


main()
