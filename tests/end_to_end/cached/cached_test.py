#!/usr/bin/env python3
"""What comes through a KV cache is what comes without one. A study of a small model with random weights says so in quality.json
and in its report. On the trained SmolLM2, 256 greedy tokens of every fp32 backend are those of uncached passes and of one another,
and where rounding chose otherwise, the step and its gap are in the failure. Usage: cached_test.py INFERSCALE
The trained model's folder is $INFERSCALE_SMOLLM2, or else `smollm2` in the folder of temporary files: examples/smollm2/make makes it."""
import array
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from program import PROGRAM, ProgramTest, main, write_byte_tokenizer

MODEL = "gpt2:layers=2,hidden=32,heads=2,vocabulary=256,positions=128"  # a line of the text fits
TRAINED = pathlib.Path(os.environ.get("INFERSCALE_SMOLLM2", pathlib.Path(tempfile.gettempdir()) / "smollm2"))
TEXT = """The river was wide and slow, and for many years no bridge crossed it.
People who lived on the one side went to the other in small boats, with their goods, their children and their animals.
When the first bridge was built, of wood, it stood for eleven years until a flood took it away.
"""
STEPS = 256
ROUNDING = 1e-3  # of a logit; SmolLM2's reach 20


def workers():
    """The executables of backends that are fp32, load files and run on this CPU."""
    found = json.loads(subprocess.run([PROGRAM, "backends", "--json"], capture_output=True, text=True, check=True).stdout)
    return {one["name"]: one["executable"] for one in found
            if one["available"] and (one["device"], one["precision"]) == ("cpu", "fp32") and one["name"] != "null-cpu"}


class Worker:
    """A worker that has loaded a file."""

    def __init__(self, executable, backend, **load):
        self.process = subprocess.Popen([executable], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)
        self.ask(type="hello", protocol=1)
        self.ask(type="load", backend=backend, threads=os.cpu_count(), **load)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline())
        if reply["type"] == "error":
            raise AssertionError(f"{request['type']}: {reply}")
        return reply

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait(60)


class CachedTest(ProgramTest):
    def study(self, *options):
        (self.folder / "corpus.txt").write_text(TEXT)
        self.run_program("study", "--modes", "prefill,decode", "--logits", "all", "--scenarios", "single_micro", "--repetitions", "1",
                         "--corpus", "corpus.txt", "--label", "cached", "--with-report", "--quiet", *options)
        folder = self.folder / "results/cached"
        return folder, {one["backend"]: one for one in json.loads((folder / "quality.json").read_text())["results"]}

    def check_quality(self, quality):
        for name, one in quality.items():
            with self.subTest(name):
                self.assertEqual((one["gate"], one["cached_error"]), ("passed", ""), one)
                cached = one["cached_perplexity"]
                self.assertLess(abs(cached["change"]), 1e-4)
                self.assertAlmostEqual(cached["perplexity"] / cached["uncached_perplexity"] - 1, cached["change"], places=12)
                for field in ("greedy_uncached", "greedy_reference"):
                    other = one[field]
                    if field == "greedy_reference" and name == one["reference"]:
                        self.assertIsNone(other)
                    elif other["first_difference"]:  # rounding, and it is said
                        self.assertLess(other["first_difference"]["gap"], ROUNDING, other)
                    else:
                        self.assertGreater(other["steps"], 8)


class Study(CachedTest):
    def test_a_study_holds_the_cache_against_passes_without_it(self):
        write_byte_tokenizer(self.folder / "bytes")
        options = ("--models", MODEL, "--tokenizer", "bytes", "--backends", ",".join(workers()))
        folder, quality = self.study(*options)
        self.assertGreaterEqual(len(quality), 1)
        self.check_quality(quality)
        self.assertEqual({one["cached_perplexity"]["tokens"] for one in quality.values()},
                         {len("".join(TEXT.splitlines())) - 8 * 5})  # five windows of up to 64, each with a prompt of 8
        report = (folder / "report.md").read_text()
        self.assertIn("Through the KV cache", report)
        self.assertRegex(report, r"none in 57|step \d+ of 57, gap")
        before = (folder / "quality.json").read_bytes()
        self.study(*options)
        self.assertEqual((folder / "quality.json").read_bytes(), before, "measured again: its seconds differ")

    def test_without_a_corpus_log_probabilities_of_greedy_tokens_are_held_against_passes(self):
        for logits in ("all", "last"):
            self.run_program("study", "--models", MODEL, "--modes", "decode", "--logits", logits, "--scenarios", "single_micro",
                             "--repetitions", "1", "--label", logits, "--with-report", "--quiet", "--backends", ",".join(workers()))
            folder = self.folder / "results" / logits
            for one in json.loads((folder / "quality.json").read_text())["results"]:
                with self.subTest(backend=one["backend"], logits=logits):
                    self.assertEqual((one["gate"], one["cached_error"]), ("passed", ""), one)
                    self.assertIsNone(one["cached_perplexity"])
                    self.assertTrue(0 < one["greedy_uncached"]["relative_error"] < 1e-4, one)  # other kernels add in another order
                    if one["greedy_reference"]:
                        self.assertIsNone(one["greedy_reference"]["relative_error"])
            self.assertIn("Relative error of log probabilities", (folder / "report.md").read_text())

    def test_without_a_mode_with_a_cache_nothing_is_asked(self):
        write_byte_tokenizer(self.folder / "bytes")
        self.run_program("study", "--models", MODEL, "--modes", "prefill", "--scenarios", "single_micro", "--repetitions", "1", "--label",
                         "plain", "--quiet", "--backends", "onnxruntime-cpu")
        for one in json.loads((self.folder / "results/plain/quality.json").read_text())["results"]:
            self.assertNotIn("cached_perplexity", one)
            self.assertNotIn("cached", one["inputs"])


@unittest.skipUnless((TRAINED / "model.safetensors").exists(), f"no trained model in {TRAINED}: examples/smollm2/make makes it")
class Trained(CachedTest):
    PROMPT = list(range(1000, 1008))

    def files(self, folder, backend, mode):
        uses = json.loads((folder / "manifest.json").read_text())["uses"]
        use = next(one for one in uses if (one["backend"], one["mode"]) == (backend, mode))
        paths = [str(self.folder / "artifacts" / file["path"]) for file in use["files"]]  # an absolute path stays
        weights = next(path for path in paths if path.endswith(".safetensors"))
        return {"weights": weights, "artifact": next((path for path in paths if path.endswith(".onnx")), ""),
                "vocabulary": 49152, "max_positions": 8192}

    def cached(self, worker, backend, files):
        """256 greedy tokens through the cache, and the gap of each."""
        tokens, gaps, capacity = [], [], len(self.PROMPT) + STEPS
        with Worker(worker, backend, logits="last", caches=[[1, len(self.PROMPT), capacity]], **files) as steps:
            reply = steps.ask(type="start", tokens=[self.PROMPT], capacity=capacity, scores=True)
            while True:
                tokens += reply["tokens"]
                gaps += reply["gaps"]
                if len(tokens) == STEPS:
                    return tokens, gaps
                reply = steps.ask(type="step", tokens=reply["tokens"], scores=True)

    def choices(self, worker, backend, files, tokens):
        """What an uncached pass chooses behind the prompt and each token."""
        file = self.folder / "logits"
        with Worker(worker, backend, logits="all", **files) as passes:
            shape = passes.ask(type="logits", tokens=[self.PROMPT + tokens[:-1]], file=str(file))["shape"]
        values = array.array("f", file.read_bytes())
        rows = (values[at:at + shape[2]] for at in range((len(self.PROMPT) - 1) * shape[2], len(values), shape[2]))
        return [row.index(max(row)) for row in rows]

    def assert_same(self, tokens, others, gaps, what):
        """Up to where rounding chose: there the step and its gap are shown."""
        differing = next((i for i, pair in enumerate(zip(tokens, others)) if pair[0] != pair[1]), None)
        self.assertEqual(len(tokens), len(others))
        if differing is not None:
            words = f"{what}: step {differing + 1}, gap {gaps[differing]:.3g}"
            self.assertLess(gaps[differing], ROUNDING, words)
            print(f"rounding chose: {words}")

    def test_greedy_tokens_are_those_without_a_cache_and_of_other_backends(self):
        backends = workers()
        folder, quality = self.study("--models", f"smollm2={TRAINED}", "--backends", ",".join(backends))
        self.check_quality(quality)
        self.assertLess(quality["onnxruntime-cpu"]["cached_perplexity"]["perplexity"], 40, "it reads English")
        first = None
        for backend, worker in backends.items():
            with self.subTest(backend):
                tokens, gaps = self.cached(worker, backend, self.files(folder, backend, "decode"))
                others = self.choices(worker, backend, self.files(folder, backend, "prefill"), tokens)
                self.assert_same(tokens, others, gaps, f"{backend} with and without its cache")
                first = first or (backend, tokens)
                self.assert_same(tokens, first[1], gaps, f"{backend} and {first[0]}")


main()
