#!/usr/bin/env python3
"""What `study --preset tr118v2 --device cpu` comes to: TR118's 720 repetitions, ok where the backend is installed and
unsupported elsewhere, and exit code 0. Measured on fewer repetitions of the smallest model, which is what time allows. And `llama-quick`, which draws a crossover.
Usage: presets_test.py INFERSCALE PRESETS"""
import json
import pathlib
import sys

from program import ProgramTest, main

PRESETS = pathlib.Path(sys.argv[2])
GPU = {"transformers-gpu-compile", "onnxruntime-gpu", "tensorrt-fp32", "tensorrt-fp16", "tensorrt-int8"}


class Tr118(ProgramTest):
    def test_it_has_720_repetitions_of_which_the_cpus_can_run(self):
        done = self.run_program("study", "--preset", "tr118v2", "--device", "cpu", "--label", "cpu", "--dry-run", "--json")
        plan = json.loads(done.stdout)
        self.assertEqual(plan["repetitions"], 720)
        self.assertEqual(len(set(plan["order"])), 720)
        self.assertEqual(set(plan["unsupported"]) - {"onnxruntime-cpu"}, GPU)

    def test_what_is_not_installed_is_unsupported_and_no_failure(self):
        preset = json.loads((PRESETS / "tr118v2.json").read_text())
        preset.update(models=["tiny-gpt2"], repetitions=1, label="test", stop={**preset["stop"], "max_s": 0.01})
        (self.folder / "plan.json").write_text(json.dumps(preset))
        self.run_program("study", "--plan", "plan.json", "--device", "cpu")
        rows = self.rows()
        self.assertEqual(len(rows), 72)
        backends = json.loads(self.run_program("backends", "--json").stdout)
        installed = {backend["name"] for backend in backends if backend["available"]}
        for row in rows:
            runs = row["backend"] not in GPU and row["backend"] in installed
            self.assertEqual(row["outcome"], "ok" if runs else "unsupported", row["error"])
            self.assertEqual(bool(row["error"]), not runs)


class LlamaQuick(ProgramTest):
    def test_it_draws_a_crossover_of_the_families_models(self):
        """The preset as it is, on Llamas so small that loading them takes no time."""
        preset = json.loads((PRESETS / "llama-quick.json").read_text())
        backends = {one["name"] for one in json.loads(self.run_program("backends", "--json").stdout) if one["available"]}
        if not backends.issuperset(preset["backends"]):
            self.skipTest("one of its runtimes is not built")
        shape = "llama:layers={},hidden=16,heads=2,kv_heads=1,inner=32,vocabulary=61"
        preset.update(models=[shape.format(1), shape.format(2), shape.format(3)], repetitions=1, label="test",
                      scenarios=preset["scenarios"][:2], stop={**preset["stop"], "max_s": 0.01})
        (self.folder / "plan.json").write_text(json.dumps(preset))
        self.run_program("study", "--plan", "plan.json")
        self.assertEqual({row["outcome"] for row in self.rows()}, {"ok"})
        crossovers = json.loads((self.folder / "results/test/processed/crossover.json").read_text())["crossovers"]
        self.assertEqual([(one["first"], one["second"]) for one in crossovers], [tuple(preset["backends"])])
        self.assertEqual(len(crossovers[0]["points"]), 3)


main()
