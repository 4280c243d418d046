#!/usr/bin/env python3
"""A study whose int8 graph saturates on this processor fails its gate and names the cause; with the weights that its worker
asks for it passes, and the folder says which they were. Usage: int8_test.py INFERSCALE. Exit code 77: skipped, for no
runtime here can be made to saturate."""
import json
import os
import pathlib
import sys

import program

MODEL = pathlib.Path(__file__).resolve().parents[2] / "golden" / "parity" / "three-layers"


def features():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return next((line.split(":")[1].split() for line in file if line.startswith("flags")), [])


def saturating():
    """A backend and its environment in which sums of two u8 x s8 products have 16 bits; or nothing."""
    folder = program.PROGRAM.parent
    if not {"avx512_vnni", "avx_vnni", "amx_int8"} & set(features()) and (folder / "inferscale-worker-onnxruntime").exists():
        return "onnxruntime-cpu-int8", {}
    if "avx512bw" in features() and (folder / "inferscale-worker-openvino").exists():
        return "openvino-cpu-int8", {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"}
    return None


class Int8Test(program.ProgramTest):
    def study(self, backend, options, code):
        self.write_plan(models=[str(MODEL)], backends=["onnxruntime-cpu", backend],
                        backend_options={backend: {"form": "qdq", **options}})
        self.run_program("study", "--plan", "plan.json", "--label", "test", "--quiet", code=code)
        results = self.folder / "results/test"
        quality = json.loads((results / "quality.json").read_text())["results"]
        environment = json.loads((results / "environment.json").read_text())
        row = next(row for row in self.rows() if row["backend"] == backend)
        self.assertEqual(row["outcome"], "ok", row)
        self.assertEqual(list(results.glob(".exact*")), [])
        found = next(one for one in quality if one["backend"] == backend), row, environment["backends"][backend]
        failures = (results / "failures.md").read_text()
        os.rename(results, self.folder / f"results/{options.get('weight_bits', 'default')}")
        return *found, failures

    def test_weights_that_saturate_fail_the_gate_and_the_default_passes(self):
        backend, environment = saturating()
        self.environment.update(environment)
        quality, row, entry, failures = self.study(backend, {"weight_bits": 8}, 1)
        self.assertEqual(quality["gate"], "failed")
        self.assertIn("not exact", quality["reason"])
        self.assertIn("no VNNI", quality["reason"])
        self.assertIn("no VNNI", failures)
        self.assertEqual(row["details"]["quantization"], {"form": "qdq", "weight_bits": 8})
        self.assertEqual(entry["weight_bits"], 7)

        quality, row, _, _ = self.study(backend, {}, 0)
        self.assertEqual(quality["gate"], "passed", quality)
        self.assertLess(quality["exactness"]["largest_relative_difference"], 1e-3)
        self.assertEqual(row["details"]["quantization"], {"form": "qdq", "weight_bits": 7})
        done = self.run_program("compare", "results/8", "results/default", code=(0, 3))
        self.assertIn("weight_bits", done.stdout + done.stderr)

    def test_other_weights_are_refused(self):
        self.write_plan(backends=["onnxruntime-cpu-int8"], backend_options={"onnxruntime-cpu-int8": {"weight_bits": 6}})
        done = self.run_program("study", "--plan", "plan.json", code=2)
        self.assertIn("weight_bits: must be 7 or 8, not 6", done.stderr)


if __name__ == "__main__":
    if saturating() is None:
        print("skipped: no runtime here can be made to saturate")
        sys.exit(77)
    program.main()
