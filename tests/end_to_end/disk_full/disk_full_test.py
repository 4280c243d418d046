#!/usr/bin/env python3
"""A study, an export and a report on a disk that is full: one clear error, exit code 1, what was finished stays readable,
and the same command goes on once there is room. The disk is a tmpfs in a mount namespace of this test's own; where the
system allows neither, the test is skipped. Usage: disk_full_test.py INFERSCALE"""
import json
import os
import subprocess
import sys

from program import SMALL_MODEL, ProgramTest, main, name_of

INSIDE = "INFERSCALE_TEST_INSIDE"
SKIPPED = 77
REPETITIONS = 60


class DiskFull(ProgramTest):
    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()

    def mount(self, size):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.disk], check=True)
        self.addCleanup(subprocess.run, ["umount", self.disk], check=True)

    def make_room(self):
        subprocess.run(["mount", "-o", "remount,size=64m", self.disk], check=True)

    def fill(self):
        """Leaves not a byte."""
        with open(self.disk / "filler", "wb", buffering=0) as filler:
            try:
                while filler.write(b"\0" * 4096):
                    pass
            except OSError:
                pass

    def check_error(self, done, *words):
        """The last line of stderr is the error: one sentence that says what and where."""
        last = done.stderr.splitlines()[-1]
        for word in ("inferscale: ", "No space left on device", *words):
            self.assertIn(word, last)

    def assert_no_half_files(self, folder):
        left = [file.name for file in folder.rglob("*") if file.name.endswith(".tmp")]
        self.assertEqual(left, [])

    def test_rows(self):
        self.mount("32k")
        (self.folder / "results").symlink_to(self.disk)
        self.write_plan(repetitions=REPETITIONS)
        done = self.run_program("study", "--plan", "plan.json", code=1)
        self.check_error(done, "raw/prefill.jsonl", "run the same command again to resume")
        finished = self.raw()
        rows = self.rows()
        self.assertGreater(len(rows), 5)
        self.assertLess(len(rows), REPETITIONS)
        self.assertIn(f"{len(rows)} finished rows are kept", done.stderr)
        self.run_program("study", "--plan", "plan.json", code=1)  # still full: still an error, and nothing is lost
        self.assertEqual(self.raw(), finished)
        self.make_room()
        summary = json.loads(self.run_program("study", "--plan", "plan.json", "--json").stdout)
        self.assertEqual(summary["resumed"], len(rows))
        self.assertEqual(summary["ok"], REPETITIONS)
        self.assertTrue(self.raw()["prefill.jsonl"].startswith(finished["prefill.jsonl"]))
        self.assertEqual(len({name_of(row) for row in self.rows()}), REPETITIONS)

    def test_artifacts(self):
        self.mount("16k")
        (self.folder / "artifacts").symlink_to(self.disk)
        done = self.run_program("export", SMALL_MODEL, "-o", "model.onnx", code=1)
        self.check_error(done, ".safetensors")
        self.assert_no_half_files(self.disk)
        self.make_room()
        self.run_program("export", SMALL_MODEL, "-o", "model.onnx")

    def test_an_exported_file(self):
        self.mount("16k")
        done = self.run_program("export", SMALL_MODEL, "-o", self.disk / "model.onnx", code=1)
        self.check_error(done, "model.onnx")
        self.assertEqual(list(self.disk.iterdir()), [])
        self.make_room()
        self.run_program("export", SMALL_MODEL, "-o", self.disk / "model.onnx")

    def test_a_report(self):
        self.mount("4m")
        (self.folder / "results").symlink_to(self.disk)
        self.write_plan(repetitions=3)
        self.run_program("study", "--plan", "plan.json")
        before = self.raw()
        self.fill()
        done = self.run_program("report", "results/test", code=1)
        self.check_error(done, "results/test")
        self.assert_no_half_files(self.disk)
        self.assertEqual(self.raw(), before)
        (self.disk / "filler").unlink()
        self.run_program("report", "results/test")
        self.assertIn("</html>", (self.folder / "results/test/report.html").read_text())


def enter_namespace():
    """Runs this script again where it may mount."""
    command = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    allowed = subprocess.run([*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, text=True, check=False)
    if allowed.returncode != 0:
        print("skipped: no file system can be mounted here:", allowed.stderr.strip())
        sys.exit(SKIPPED)
    os.environ[INSIDE] = "yes"
    os.execvp(command[0], [*command, sys.executable, "-B", *sys.argv])


if INSIDE not in os.environ:
    enter_namespace()
main()
