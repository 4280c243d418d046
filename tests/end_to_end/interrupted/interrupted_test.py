#!/usr/bin/env python3
"""A study that is killed, interrupted and cut off by a power loss, again and again, then resumed to its end: every row is
there once, none is torn, no row that was finished is lost or changed, and no worker outlives the program.
Usage: interrupted_test.py INFERSCALE FOLDER_OF_THE_MISBEHAVING_WORKER"""
import json
import pathlib
import random
import signal
import sys
import time

from program import SMALL_MODEL, TIMEOUT_S, ProgramTest, main, name_of, tagged_processes, whole_lines, write_byte_tokenizer

WORKERS = str(pathlib.Path(sys.argv[2]).resolve())
KILLS = 20
SEED = 118
SCENARIOS = ["single_micro", "batch_short"]
MODES = ["prefill", "generate"]
REPETITIONS = 10
ROWS_AHEAD = 40  # more than any machine measures between a kill's last look and the kill

# Never done with loading: what Ctrl-C must end.
MUTE_WORKER = f"""#!{sys.executable}
import json, pathlib, sys, time
for line in sys.stdin:
    if json.loads(line)["type"] == "load":
        pathlib.Path("loading").touch()
        time.sleep(3600)
    print(json.dumps({{"type": "hello", "protocol": 1, "minor": 4, "worker": "mute", "runtime": "none", "runtime_version": "1",
                      "backends": [{{"name": "mute-cpu", "device": "cpu", "precision": "fp32", "artifact": "onnx"}}]}}), flush=True)
"""


class Interrupted(ProgramTest):
    workers = WORKERS

    def write_study(self):
        self.write_plan(scenarios=SCENARIOS, modes=MODES, repetitions=REPETITIONS)
        self.repetitions = REPETITIONS

    def planned(self):
        return len(SCENARIOS) * len(MODES) * self.repetitions

    def study(self, *options):
        return ["study", "--plan", "plan.json", "--repetitions", str(self.repetitions), *options]

    def finished(self):
        return sum(content.count(b"\n") for content in self.raw().values())

    def wait_for_rows(self, study, count):
        deadline = time.monotonic() + TIMEOUT_S
        while self.finished() < count and study.poll() is None:
            self.assertLess(time.monotonic(), deadline, "no rows came")
            time.sleep(0.002)

    def check_kept(self, before):
        """What was whole before is there, byte for byte, at the same place."""
        after = self.raw()
        for name, content in before.items():
            self.assertTrue(after[name].startswith(whole_lines(content)), name)

    def check_complete(self):
        rows = self.rows()
        names = [name_of(row) for row in rows]
        self.assertEqual(len(names), self.planned())
        self.assertEqual(len(set(names)), self.planned())
        self.assertEqual({row["outcome"] for row in rows}, {"ok"})
        for content in self.raw().values():
            self.assertEqual(content, whole_lines(content))

    def test_kill_9_at_20_moments(self):
        self.write_study()
        chance = random.Random(SEED)
        for _ in range(KILLS):
            before = self.raw()
            while self.planned() < self.finished() + ROWS_AHEAD:  # a fast machine must not get to the end
                self.repetitions += 1
            study = self.start(*self.study())
            self.wait_for_rows(study, self.finished() + chance.randrange(4))
            time.sleep(chance.uniform(0, 0.06))
            self.assertIsNone(study.poll(), "it ended before it was killed: too few rows")
            study.kill()
            study.communicate(timeout=TIMEOUT_S)
            self.assert_nothing_is_left_running()
            self.check_kept(before)
            for content in self.raw().values():
                for line in whole_lines(content).splitlines():
                    json.loads(line)
            if chance.random() < 0.5:
                self.tear_a_line(chance)
        before = self.raw()
        done = self.run_program(*self.study("--json"))
        self.check_kept(before)
        self.check_complete()
        summary = json.loads(done.stdout)
        self.assertEqual(summary["ok"], self.planned())
        self.assertGreater(summary["resumed"], 0)

    def tear_a_line(self, chance):
        """What a power loss leaves: a row's beginning."""
        files = [file for file in (self.folder / "results/test/raw").glob("*.jsonl") if file.stat().st_size > 0]
        if files:
            file = chance.choice(sorted(files))
            line = file.read_bytes().splitlines()[0]
            with file.open("ab") as out:
                out.write(line[:chance.randrange(1, len(line))])

    def test_a_signal_keeps_what_is_finished_and_says_how_to_resume(self):
        self.write_study()
        self.repetitions = 20
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            study = self.start(*self.study())
            self.wait_for_rows(study, self.finished() + 3)
            before = self.raw()
            study.send_signal(number)
            _, errors = study.communicate(timeout=TIMEOUT_S)
            self.assertEqual(study.returncode, code, errors)
            self.assertIn("run the same command again to resume", errors)
            self.assert_nothing_is_left_running()
            self.check_kept(before)
        self.run_program(*self.study())
        self.check_complete()

    def test_a_signal_that_nohup_ignores_is_ignored(self):
        self.write_study()
        self.repetitions = 3
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a child inherits that, as from nohup
        try:
            study = self.start(*self.study())
        finally:
            signal.signal(signal.SIGHUP, before)
        self.wait_for_rows(study, 1)
        study.send_signal(signal.SIGHUP)
        _, errors = study.communicate(timeout=TIMEOUT_S)
        self.assertEqual(study.returncode, 0, errors)
        self.check_complete()

    def test_ctrl_c_does_not_wait_for_a_worker_that_hangs(self):
        self.write_plan(backends=["faulty-stubborn"])
        study = self.start("study", "--plan", "plan.json", "--timeout", "3600")
        # The folder comes when the study no longer just asks for backends (Ctrl-C simply ends it then); two are the worker that
        # measures and its child.
        self.wait_until(lambda: (self.folder / "results/test").exists() and
                        sum(b"misbehaving" in command for command in tagged_processes(self.tag).values()) >= 2,
                        study, "no worker was started")
        study.send_signal(signal.SIGINT)
        _, errors = study.communicate(timeout=TIMEOUT_S)
        self.assertEqual(study.returncode, 130, errors)
        self.assert_nothing_is_left_running()
        self.assertEqual(self.rows(), [])  # that it was interrupted is no outcome of the cell

    def test_ctrl_c_ends_a_bench_with_what_it_has(self):
        command = ["bench", SMALL_MODEL, "--backend", "null-cpu", "--max-seconds", "0.05", "--half-width", "0",
                   "--repetitions", "10000"]
        table = self.start(*command)
        for _ in range(4):  # what runs, the columns' names, and two repetitions
            self.assertNotEqual(table.stdout.readline(), "")
        table.send_signal(signal.SIGINT)
        _, errors = table.communicate(timeout=TIMEOUT_S)
        self.assertEqual(table.returncode, 130, errors)
        self.assertIn("inferscale: interrupted; the repetitions that finished are printed", errors)
        self.assert_nothing_is_left_running()

        listed = self.start(*command, "--json")
        seen = set()  # the null worker that is asked what it has, and one a repetition: of four, one has measured

        def four_workers():
            seen.update(pid for pid, command in tagged_processes(self.tag).items() if b"inferscale-worker-null" in command)
            return len(seen) >= 4
        self.wait_until(four_workers, listed, "too few repetitions")
        listed.send_signal(signal.SIGINT)
        output, errors = listed.communicate(timeout=TIMEOUT_S)
        self.assertEqual(listed.returncode, 130, errors)
        self.assertGreaterEqual(len(json.loads(output)), 1)
        self.assert_nothing_is_left_running()

    def test_ctrl_c_ends_perplexity(self):
        folder = self.folder / "workers"
        folder.mkdir()
        worker = folder / "inferscale-worker-mute"
        worker.write_text(MUTE_WORKER)
        worker.chmod(0o755)
        self.environment["INFERSCALE_WORKER_PATH"] = str(folder)
        (self.folder / "corpus.txt").write_text("a b\n")
        write_byte_tokenizer(self.folder / "tokenizer")
        model = SMALL_MODEL.replace("vocabulary=61", "vocabulary=256")
        program = self.start("perplexity", model, "--backend", "mute-cpu", "--reference", "none", "--corpus",
                             "corpus.txt", "--tokenizer", "tokenizer", "--timeout", "3600")
        self.wait_until((self.folder / "loading").exists, program, "no worker was started")
        program.send_signal(signal.SIGINT)
        output, errors = program.communicate(timeout=TIMEOUT_S)
        self.assertEqual(program.returncode, 130, errors)
        self.assertIn("inferscale: interrupted; ", errors)
        self.assertEqual(output, "")
        self.assert_nothing_is_left_running()


main()
