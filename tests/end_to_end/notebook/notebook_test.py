#!/usr/bin/env python3
"""Executes the notebook of examples/study_from_python on a study that is measured here and on one of docs/results.
Usage: notebook_test.py INFERSCALE. Exit code 77: skipped, for what executes notebooks is not here (scripts/setup --test fetches it)."""
import importlib.util
import json
import os
import pathlib
import sys
from unittest import mock

from program import ProgramTest, main

ROOT = pathlib.Path(__file__).resolve().parents[3]
NOTEBOOK = ROOT / "examples/study_from_python/results.ipynb"
LADDER = ROOT / "docs/results/h200/ladder"
NEEDED = ("nbclient", "ipykernel", "pandas", "matplotlib")


class Notebook(ProgramTest):
    def executed(self, **environment):
        """Text and number of pictures of all outputs. A cell that fails raises."""
        # Files of Jupyter and matplotlib go to a folder that is gone afterwards.
        own = {"HOME": str(self.folder), "JUPYTER_PLATFORM_DIRS": "1", "IPYTHONDIR": str(self.folder / "ipython"), **environment}
        with mock.patch.dict(os.environ, own):
            notebook = nbformat.read(NOTEBOOK, as_version=4)
            nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(self.folder)}}).execute()
        outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
        data = [output["data"] for output in outputs if "data" in output]
        self.assertFalse([output for output in outputs if output.get("name") == "stderr"])
        return "\n".join(one.get("text/plain", "") for one in data), sum("image/png" in one for one in data)

    def test_outputs_are_stripped(self):
        code = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]
        self.assertEqual([cell["outputs"] for cell in code], [[]] * len(code))
        self.assertEqual({cell["execution_count"] for cell in code}, {None})

    def test_on_a_study_measured_here(self):
        """Where study.py leaves its results."""
        self.run_program("study", "--label", "from-python", "--models", "tiny-gpt2,gpt2-5m", "--backends", "onnxruntime-cpu,openvino-cpu",
                         "--scenarios", "single_micro", "--modes", "prefill", "--repetitions", "2", "--quiet")
        text, pictures = self.executed()
        self.assertEqual(pictures, 2)
        self.assertIn("onnxruntime-cpu", text)
        self.assertIn("openvino-cpu", text)

    def test_on_a_published_study(self):
        text, pictures = self.executed(RESULTS=str(LADDER))
        self.assertEqual(pictures, 2)
        bands = [band for one in json.loads((LADDER / "processed/decision.json").read_text())["decisions"] for band in one["bands"]]
        for band in bands:
            self.assertIn(band["use"], text)


if missing := [name for name in NEEDED if not importlib.util.find_spec(name)]:
    print(f"skipped: no {', '.join(missing)}: scripts/setup --test fetches them")
    sys.exit(77)
import nbclient  # noqa: E402
import nbformat  # noqa: E402

main()
