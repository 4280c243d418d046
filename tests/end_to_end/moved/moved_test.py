#!/usr/bin/env python3
"""A results folder that is moved to where its artifacts are not gives the same tables and the same report: builds, sizes,
cost, and the roofline of a folder model. Usage: moved_test.py INFERSCALE"""
import csv
import json
import shutil

from program import SMALL_MODEL, ProgramTest, main

BACKENDS = ["onnxruntime-cpu", "onnxruntime-cpu-int8"]
CANONICAL = SMALL_MODEL.replace(",positions=1024", "")  # a default is left out of the name
CONFIG = {"model_type": "gpt2", "n_layer": 1, "n_embd": 16, "n_head": 2, "vocab_size": 61, "n_positions": 1024}


class Moved(ProgramTest):
    def folder_model(self):
        """The ladder's weights as a model of its own, of which a name tells no shape."""
        folder = self.folder / "mine"
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps(CONFIG))
        self.run_program("export", SMALL_MODEL, "-o", "graph.onnx", "--artifacts", "made")
        shutil.copy(next(self.folder.glob("made/*/weights/*.safetensors")), folder / "model.safetensors")

    def measure(self):
        self.folder_model()
        self.write_plan(models=[SMALL_MODEL, "./mine"], backends=BACKENDS, repetitions=2)
        self.run_program("study", "--plan", "plan.json")
        self.results = self.folder / "results/test"

    def tables(self, folder):
        return {file.name: file.read_text() for file in sorted((folder / "processed").glob("*.csv"))}

    def column(self, folder, table, name):
        with open(folder / "processed" / table, encoding="utf-8") as lines:
            return [row[name] for row in csv.DictReader(lines)]

    def move(self):
        elsewhere = self.folder / "elsewhere/test"
        shutil.move(self.results, elsewhere)
        shutil.rmtree(self.folder / "artifacts")
        shutil.rmtree(self.folder / "mine")
        return elsewhere

    def test_a_moved_study_gives_the_same_tables_and_report(self):
        self.measure()
        self.run_program("report", "results/test", "--no-plots")
        tables, report = self.tables(self.results), (self.results / "report.md").read_text()
        # A column of the table, however wide a measured figure makes it.
        self.assertIn("Build, s", [cell.strip() for line in report.splitlines() for cell in line.split("|")])
        self.assertIn("Size", report)
        moved = self.move()
        shutil.rmtree(moved / "processed")  # nothing may come from there
        self.run_program("analyze", moved)
        self.run_program("report", moved, "--no-plots")
        self.assertEqual(self.tables(moved), tables)
        self.assertEqual((moved / "report.md").read_text(), report)
        for table, field in (("precision.csv", "build_s"), ("precision.csv", "artifact_bytes"), ("cost.csv", "build_s")):
            self.assertTrue(all(self.column(moved, table, field)), f"{table} has no {field}")
        self.assertEqual(set(self.column(moved, "roofline.csv", "model")), {CANONICAL, "mine"})

    def test_a_manifest_says_what_each_backend_loaded(self):
        self.measure()
        manifest = json.loads((self.results / "manifest.json").read_text())
        listed = {one["sha256"] for one in manifest["artifacts"]}
        self.assertEqual({(use["model"], use["backend"], use["mode"]) for use in manifest["uses"]},
                         {(model, backend, "prefill") for model in (CANONICAL, "mine") for backend in BACKENDS})
        for use in manifest["uses"]:
            self.assertEqual(len(use["files"]), 2, use)
            for file in use["files"]:
                self.assertIn(file["sha256"], listed)
            self.assertEqual(use["precision"], "int8" if use["backend"].endswith("int8") else "fp32")
        mine = next(model for model in manifest["models"] if model["name"] == "mine")
        self.assertEqual((mine["config"]["layers"], mine["config"]["hidden"]), (1, 16))

    def test_analyze_keeps_what_a_manifest_of_before_does_not_tell(self):
        self.measure()
        tables = self.tables(self.results)
        moved = self.move()
        manifest = json.loads((moved / "manifest.json").read_text())
        del manifest["uses"]
        (moved / "manifest.json").write_text(json.dumps(manifest))
        self.run_program("analyze", moved)
        self.assertEqual(self.tables(moved), tables)


if __name__ == "__main__":
    main()
