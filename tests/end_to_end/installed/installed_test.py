#!/usr/bin/env python3
"""Installs the component `development`, moves it, and builds and runs examples/read_results against it.
Usage: installed_test.py INFERSCALE BUILD CMAKE COMPILER [FLAG...]; FLAGs are those that the libraries must be linked with."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD, CMAKE, COMPILER, *FLAGS = sys.argv[2:]
FOREIGN = re.compile(r"onnx::|protobuf|CLI11", re.IGNORECASE)
EXPORTED = {"core", "machine", "protocol", "model", "family", "record", "analysis"}


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command}\n{done.stdout}\n{done.stderr}")
    return done.stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="inferscale-test-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        run(CMAKE, "--install", BUILD, "--component", "development", "--prefix", cls.folder / "first")
        cls.prefix = (cls.folder / "first").rename(cls.folder / "moved")

    def texts(self):
        files = [file for file in self.prefix.rglob("*") if file.suffix in (".hpp", ".cmake")]
        return {file.relative_to(self.prefix).as_posix(): file.read_text() for file in files}

    def test_holds_the_library_alone(self):
        files = [file.relative_to(self.prefix) for file in self.prefix.rglob("*") if file.is_file()]
        libraries = {file.name for file in files if file.suffix == ".a"}
        self.assertEqual(libraries, {f"libinferscale_{name}.a" for name in EXPORTED})
        self.assertEqual([file for file in files if file.suffix not in (".hpp", ".cmake", ".a")], [])
        folders = {file.parts[2] for file in files if file.suffix == ".hpp"}
        self.assertLessEqual(folders, EXPORTED)

    def test_names_nothing_of_this_tree_and_nothing_foreign(self):
        for name, text in self.texts().items():
            self.assertNotIn(str(ROOT), text, name)
            if name.endswith(".cmake"):
                self.assertIsNone(FOREIGN.search(text), name)

    def test_the_headers_compile(self):
        headers = sorted(name.removeprefix("include/") for name in self.texts() if name.endswith(".hpp"))
        self.assertIn("inferscale/record/plan.hpp", headers)
        self.assertIn("inferscale/analysis/analysis.hpp", headers)
        source = self.folder / "headers.cpp"
        source.write_text("".join(f"#include <{header}>\n" for header in headers))
        run(COMPILER, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", self.prefix / "include", source)

    def test_the_example(self):
        build = self.folder / "build"
        run(CMAKE, "-G", "Ninja", "-S", ROOT / "examples/read_results", "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DCMAKE_CXX_COMPILER={COMPILER}", f"-DCMAKE_CXX_FLAGS={' '.join(FLAGS)}")
        run(CMAKE, "--build", build)
        lines = run(build / "read_results", ROOT / "docs/results/h200/gpt2-last").splitlines()
        readme = (ROOT / "examples/read_results/README.md").read_text()
        self.assertEqual(len(lines), 6)
        for line in lines:
            self.assertIn(line + "\n", readme)
        missing = subprocess.run([build / "read_results", self.folder], capture_output=True, text=True, check=False)
        self.assertEqual((missing.returncode, missing.stdout), (1, ""))
        self.assertIn("read_results: ", missing.stderr)


unittest.main(argv=sys.argv[:1], verbosity=2)
