#!/usr/bin/env python3
"""What a user does every day beside measuring: verify a results folder, look at the artifact store and prune it, read bench's JSON, and ask
for the noise floor. Usage: everyday_test.py INFERSCALE"""
import json

from program import SMALL_MODEL, ProgramTest, main


class EveryDay(ProgramTest):
    def study(self, backend="null-cpu"):
        self.write_plan(backends=[backend], repetitions=2)
        self.run_program("study", "--plan", "plan.json")

    def test_verify(self):
        self.study()
        done = self.run_program("verify", "results/test", "--json")
        found = json.loads(done.stdout)
        self.assertEqual((found["ok"], found["rows"], found["problems"], found["schema_version"]), (True, 2, [], 1))
        self.run_program("report", "results/test")  # renews what it writes
        self.run_program("verify", "results/test")
        raw = self.folder / "results/test/raw/prefill.jsonl"
        row = json.loads(raw.read_text().splitlines()[0])
        raw.write_text(raw.read_text().replace(str(row["throughput_tok_s"]), str(row["throughput_tok_s"] * 1000), 1))
        text = self.run_program("verify", "results/test", code=1).stdout
        self.assertIn("raw/prefill.jsonl: was changed", text)
        self.assertIn("raw/prefill.jsonl line 1: throughput_tok_s is", text)
        self.assertIn("contradict themselves", self.run_program("analyze", "results/test").stderr)
        self.assertIn("contradict themselves", self.run_program("recommend", "results/test", code=(0, 1, 2)).stderr)
        self.assertIn("holds no results", self.run_program("verify", ".", code=2).stderr)

    def test_a_dry_run_says_that_a_label_is_taken(self):
        self.study()
        self.run_program("study", "--plan", "plan.json", "--dry-run")
        done = self.run_program("study", "--plan", "plan.json", "--seed", "5", "--dry-run", code=2)
        self.assertIn("results/test/plan.json", done.stderr)

    def test_artifacts(self):
        self.assertIn("0 artifacts", self.run_program("artifacts", "list").stdout)
        backends = {one["name"] for one in json.loads(self.run_program("backends", "--json").stdout) if one["available"]}
        if "onnxruntime-cpu" not in backends:
            self.skipTest("no worker that loads a file")
        self.study("onnxruntime-cpu")
        listed = json.loads(self.run_program("artifacts", "list", "--json").stdout)
        self.assertLessEqual({"weights", "onnx"}, {one["kind"] for one in listed["artifacts"]})
        self.assertEqual(listed["bytes"], sum(one["bytes"] for one in listed["artifacts"]))
        self.assertIn("say which", self.run_program("artifacts", "prune", code=2).stderr)
        kept = json.loads(self.run_program("artifacts", "prune", "--keep", "results/test", "--json").stdout)
        self.assertFalse({"weights", "onnx"} & {one["kind"] for one in kept["removed"]})
        self.run_program("verify", "results/test", "--artifacts")
        self.run_program("artifacts", "prune", "--all", "--dry-run")
        self.run_program("artifacts", "prune", "--all")
        self.assertIn("0 artifacts", self.run_program("artifacts", "list").stdout)
        self.study("onnxruntime-cpu")  # resumes with nothing to do, and needs none of them

    def test_bench_says_what_it_is_of(self):
        done = self.run_program("bench", SMALL_MODEL, "--backend", "null-cpu", "--scenario", "x:batch=2,prompt=3", "--repetitions", "2",
                                "--max-seconds", "0.01", "--json")
        entries = json.loads(done.stdout)
        self.assertEqual(len(entries), 2)
        self.assertEqual({key: entries[0][key] for key in ("schema_version", "backend", "scenario", "batch", "prompt_tokens", "mode")},
                         {"schema_version": 1, "backend": "null-cpu", "scenario": "x", "batch": 2, "prompt_tokens": 3, "mode": "prefill"})
        self.assertGreater(entries[0]["latency_ms"]["mean"], 0)

    def test_the_noise_floor(self):
        done = self.run_program("doctor", "--noise", "--backend", "null-cpu", "--model", SMALL_MODEL, "--repetitions", "3", "--json")
        noise = json.loads(done.stdout)["noise"]
        self.assertEqual((noise["backend"], noise["cells"], noise["repetitions"]), ("null-cpu", 3, 18))
        self.assertGreater(noise["spread"], 0)
        differences = [one["difference"] for one in noise["meaningless_below"]]
        self.assertEqual(differences, sorted(differences, reverse=True))
        self.assertEqual([file.name for file in self.folder.iterdir()], [])  # nothing is left here
        self.assertIn("unknown backend", self.run_program("doctor", "--noise", "--backend", "nul-cpu", code=2).stderr)



class Engines(ProgramTest):
    """Which shapes an engine is tuned for: a worker that says no to every build, and notes what it was asked for."""
    WORKER = """#!/usr/bin/env python3
import json, pathlib, sys
for line in sys.stdin:
    asked = json.loads(line)
    if asked["type"] == "hello":
        backend = {"name": "smith-cpu", "device": "cpu", "precision": "fp32", "artifact": "engine", "graph_precision": "fp32",
                   "unavailable_because": ""}
        print(json.dumps({"type": "hello", "protocol": 1, "minor": 4, "worker": "smith", "runtime": "S", "runtime_version": "1",
                          "backends": [backend]}), flush=True)
    elif asked["type"] == "build":
        (pathlib.Path(__file__).parent / "asked").write_text(line)
        print(json.dumps({"type": "error", "outcome": "out_of_memory", "message": "no room"}), flush=True)
    else:
        sys.exit(0)
"""

    def profiles_of(self, *scenario):
        worker = self.folder / "workers/inferscale-worker-smith"
        worker.parent.mkdir(exist_ok=True)
        worker.write_text(self.WORKER)
        worker.chmod(0o755)
        self.environment |= {"INFERSCALE_WORKER_PATH": str(worker.parent)}
        done = self.run_program("bench", SMALL_MODEL, "--backend", "smith-cpu", *scenario, code=1)
        self.assertIn("no room", done.stderr)
        return [(one["min"], one["max"]) for one in json.loads((worker.parent / "asked").read_text())["profiles"]]

    def test_bench_shares_one_among_the_scenarios_of_tr118(self):
        shared = self.profiles_of("--scenario", "single_micro")
        self.assertEqual(shared, self.profiles_of("--scenario", "batch_medium"))
        self.assertGreater(len(shared), 2)

    def test_bench_has_one_of_its_own_for_a_scenario_of_the_user(self):
        self.assertEqual(self.profiles_of("--scenario", "mine:batch=2,prompt=5"), [([2, 5], [2, 5])])
        self.assertEqual(self.profiles_of("--scenario", "mine:batch=2,prompt=5", "--mode", "generate", "--new-tokens", "4"), [([2, 5], [2, 8])])


main()
