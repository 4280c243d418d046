#!/usr/bin/env python3
"""Makes the Python package with scripts/wheel, installs it into a virtual environment, puts the runtimes beside it as their own
packages would, and uses it as somebody who installed it does: without this tree, without a network where that can be had.
Usage: wheel_test.py INFERSCALE BUILD DEPS. Exit code 77: skipped, for this Python cannot make a virtual environment."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD, DEPS = map(pathlib.Path, sys.argv[2:4])
VERSIONS = dict(re.findall(r"^([A-Z_]+)=(.+)$", (ROOT / "versions.env").read_text(), re.MULTILINE))
STUDY = ["study", "--models", "tiny-gpt2", "--backends", "onnxruntime-cpu,openvino-cpu", "--scenarios", "single_micro", "--modes",
         "prefill", "--repetitions", "1"]


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)


def made(*command):
    done = run(*command)
    if done.returncode != 0:
        sys.exit(f"{command}\n{done.stdout}\n{done.stderr}")
    return done.stdout.strip()


def without_network():
    """A prefix that takes the network away, where the system lets us."""
    prefix = ["unshare", "--map-root-user", "--net"]
    return prefix if shutil.which("unshare") and run(*prefix, "true").returncode == 0 else []


def read_only(folder):
    """A prefix that makes the folder unwritable for what it runs: chmod binds everybody but root, a mount root too. None: neither."""
    mounted = ["unshare", "--map-root-user", "--mount", "sh", "-c",
               'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"', folder]
    if shutil.which("unshare") and run(*mounted, "true").returncode == 0:
        return mounted
    return None if os.getuid() == 0 else ["sh", "-c", 'chmod -R a-w "$0" && "$@"; code=$?; chmod -R u+w "$0"; exit $code', folder]


class Wheel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="inferscale-test-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        cls.wheel = pathlib.Path(made(ROOT / "scripts/wheel", "--from", BUILD, "--to", cls.folder / "made"))
        venv = cls.folder / "a venv"
        made(sys.executable, "-m", "venv", "--without-pip", venv)
        made(sys.executable, "-m", "pip", "--python", venv / "bin/python", "install", "--quiet", "--no-deps", "--no-index", cls.wheel)
        cls.packages = next(venv.glob("lib/python3*/site-packages"))
        cls.python = venv.resolve() / "bin/python3"
        (cls.folder / "bin").mkdir()  # pipx links from a folder on PATH
        cls.program = cls.folder / "bin/inferscale"
        cls.program.symlink_to(venv / "bin/inferscale")
        cls.network = without_network()

    def setUp(self):
        """Both runtimes as pip has them: a folder, and what it recorded."""
        version = VERSIONS["ONNXRUNTIME_VERSION"]
        capi = self.packages / "onnxruntime/capi"
        capi.mkdir(parents=True)
        (capi / f"libonnxruntime.so.{version}").symlink_to((DEPS / "onnxruntime/lib/libonnxruntime.so.1").resolve())
        (self.packages / "openvino").symlink_to((DEPS / "openvino").resolve())
        self.recorded = [self.packages / f"{name}-{VERSIONS[name.upper() + '_VERSION']}.dist-info" for name in ("onnxruntime", "openvino")]
        for folder in self.recorded:
            folder.mkdir()
        self.addCleanup(lambda: [shutil.rmtree(path, ignore_errors=True) for path in (self.packages / "onnxruntime", *self.recorded)])
        self.addCleanup((self.packages / "openvino").unlink, missing_ok=True)

    def inferscale(self, *arguments, code=0, path=None, prefix=None):
        environment = {"PATH": path or f"{self.program.parent}:/usr/bin:/bin", "HOME": str(self.folder), "LANG": "C.UTF-8"}
        done = run(*(prefix or self.network), self.program, *arguments, cwd=self.folder, env=environment)
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def findings(self, **options):
        return {finding["subject"]: finding for finding in json.loads(self.inferscale("doctor", "--json", **options).stdout)["findings"]}

    def test_the_package(self):
        self.assertRegex(self.wheel.name, r"^inferscale-[\d.]+-py3-none-manylinux_2_\d+_x86_64\.whl$")
        recorded = next(self.packages.glob("inferscale-*.dist-info"))
        needs = re.findall(r"^Requires-Dist: (.+)$", (recorded / "METADATA").read_text(), re.MULTILINE)
        self.assertIn(f"onnxruntime=={VERSIONS['ONNXRUNTIME_VERSION']}", needs)
        self.assertIn(f"openvino=={VERSIONS['OPENVINO_VERSION']}", needs)
        bundled = {part["properties"][0]["value"] for part in json.loads((recorded / "sboms/inferscale.cdx.json").read_text())["components"]}
        self.assertEqual(bundled, {f"lib/{file.name}" for file in (self.packages / "inferscale/lib").iterdir() if file.is_file()})
        shared = self.packages.parents[2] / "share"
        self.assertIn(".TH", (shared / "man/man1/inferscale.1").read_text())
        self.assertIn("complete", (shared / "bash-completion/completions/inferscale").read_text())
        self.assertFalse([name for name in bundled if re.search("onnxruntime|openvino|libc[.]so|stdc", name)])

    def test_the_notes_of_its_release(self):
        notes = made(ROOT / "scripts/release", "--notes")
        self.assertTrue(notes.startswith(f"# inferscale {VERSIONS['INFERSCALE_VERSION']}\n"))
        self.assertGreater(notes.count("\n- "), 1)
        self.assertNotIn("\n## ", notes)

    def test_a_study_leaves_the_package_as_it_was(self):
        self.assertEqual(self.inferscale("--version").stdout, f"inferscale {VERSIONS['INFERSCALE_VERSION']}\n")
        before = self.state()
        usable = [line.split()[0] for line in self.inferscale("backends").stdout.splitlines() if " yes " in line]
        self.assertLessEqual({"onnxruntime-cpu", "openvino-cpu"}, set(usable))
        self.assertEqual({"onnxruntime", "openvino"} & set(name for name, finding in self.findings().items() if finding["verdict"] != "ok"), set())
        self.inferscale(*STUDY, "--label", "both", "--with-report")
        rows = (self.folder / "results/both/raw/prefill.jsonl").read_text().splitlines()
        self.assertEqual([json.loads(row)["outcome"] for row in rows], ["ok", "ok"])
        self.assertTrue((self.folder / "results/both/report.html").is_file())
        self.assertEqual(self.state(), before)

    def test_site_packages_may_be_read_only(self):
        prefix = read_only(self.packages)
        if prefix is None:
            self.skipTest("root writes everywhere, and this system lets it mount nothing")
        self.assertNotEqual(run(*prefix, "touch", self.packages / "inferscale/new").returncode, 0)
        before = self.state()
        self.assertIn("onnxruntime-cpu", self.inferscale("backends", prefix=prefix).stdout)
        self.assertIn("openvino-cpu", self.inferscale("doctor", prefix=prefix).stdout)
        self.inferscale(*STUDY, "--label", "read-only", "--with-report", prefix=prefix)
        rows = (self.folder / "results/read-only/raw/prefill.jsonl").read_text().splitlines()
        self.assertEqual([json.loads(row)["outcome"] for row in rows], ["ok", "ok"])
        self.assertEqual(self.state(), before)

    def state(self):
        return {path: path.lstat().st_mtime_ns for path in (self.packages / "inferscale").rglob("*")}

    def test_a_missing_runtime_costs_its_rows_and_doctor_mends_it(self):
        shutil.rmtree(self.recorded[1])
        (self.packages / "openvino").unlink()
        finding = self.findings()["openvino"]
        self.assertEqual(finding["verdict"], "warning")
        self.assertRegex(json.dumps(json.loads(self.inferscale("doctor", "--json").stdout)),
                         f"-m pip install --force-reinstall --no-deps openvino=={VERSIONS['OPENVINO_VERSION']}")
        self.inferscale(*STUDY, "--label", "one")
        rows = [json.loads(row) for row in (self.folder / "results/one/raw/prefill.jsonl").read_text().splitlines()]
        self.assertEqual({row["backend"]: row["outcome"] for row in rows}, {"onnxruntime-cpu": "ok", "openvino-cpu": "unsupported"})
        self.assertIn("libopenvino.so", next(row["error"] for row in rows if row["backend"] == "openvino-cpu"))

    def test_another_version_is_named(self):
        self.recorded[1] = self.recorded[1].rename(self.packages / "openvino-2025.0.0.dist-info")
        finding = json.loads(self.inferscale("doctor", "--json").stdout)["findings"]
        said = next(one for one in finding if "2025.0.0" in one["detail"])
        self.assertEqual(said["subject"], "openvino")
        self.assertIn(f"'{self.python}' -m pip install --force-reinstall --no-deps openvino=={VERSIONS['OPENVINO_VERSION']}", said["advice"])

    def test_without_any_runtime_one_command_mends_it(self):
        for folder in self.recorded:
            shutil.rmtree(folder)
        (self.packages / "openvino").unlink()
        shutil.rmtree(self.packages / "onnxruntime")
        findings = json.loads(self.inferscale("doctor", "--json", code=1).stdout)["findings"]
        said = next(one for one in findings if one["verdict"] == "missing")
        self.assertIn(f"'{self.python}' -m pip install --force-reinstall --no-deps onnxruntime=={VERSIONS['ONNXRUNTIME_VERSION']} openvino==",
                      said["advice"])

    def test_two_installations_are_said(self):
        other = self.folder / "other"
        other.mkdir(exist_ok=True)
        (other / "inferscale").write_text("#!/bin/sh\n")
        (other / "inferscale").chmod(0o755)
        said = self.findings(path=f"{self.program.parent}:{other}:/usr/bin:/bin")["PATH"]
        self.assertIn(str(self.program), said["advice"])

    def test_a_launcher_without_its_package_says_so(self):
        lost = self.folder / "lost/bin/inferscale"
        lost.parent.mkdir(parents=True)
        shutil.copy(self.program.resolve(), lost)
        done = run(lost, "--version")
        self.assertEqual(done.returncode, 1)
        self.assertIn("pip install --force-reinstall inferscale", done.stderr)


if run(sys.executable, "-c", "import venv, pip").returncode != 0:
    print("skipped: this Python has no venv or no pip")
    sys.exit(77)
unittest.main(argv=sys.argv[:1], verbosity=2)
