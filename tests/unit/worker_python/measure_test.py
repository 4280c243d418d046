"""The rules by which workers in Python measure are those of src/measure: the same numbers from the same inputs."""
import io
import json
import math
import pathlib
import platform
import struct
import subprocess
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop(1))
sys.path.insert(0, str(ROOT / "workers" / "python"))

from inferscale_worker import Backend, CachedSteps, ListLogits, Refused, failures, gpu, loop, measure, memory, modes  # noqa: E402
from inferscale_worker.backend import Logits  # noqa: E402


class Prompt(unittest.TestCase):
    def test_is_that_of_the_protocol(self):
        self.assertEqual(modes.prompt_ids(0, 6, 61), [30, 44, 43, 28, 7, 35])


class NestedLists(unittest.TestCase):
    def test_answer_for_a_batch(self):
        logits = ListLogits([[[0, 1, 0]], [[2, 2, 1]]])
        self.assertEqual(logits.shape, (2, 1, 3))
        self.assertEqual(logits.argmax_last(), [1, 0])  # the lowest among equals
        self.assertEqual(struct.unpack("<6f", logits.f32_bytes()), (0, 1, 0, 2, 2, 1))

    def test_probabilities_of_large_logits(self):
        logits = ListLogits([[[1000, 1000], [0, 1]]])
        self.assertAlmostEqual(logits.log_probabilities([[0, 1]])[0][0], -math.log(2))

    def test_what_is_not_finite(self):
        logits = ListLogits([[[math.inf, 0], [0, 1]]])
        self.assertFalse(logits.finite())
        self.assertTrue(math.isnan(logits.log_probabilities([[0, 1]])[0][0]))


class StudentT(unittest.TestCase):
    def test_quantiles(self):  # of printed tables, 97.5%
        for v, t in {1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 9: 2.2622, 30: 2.0423, 120: 1.9799}.items():
            self.assertAlmostEqual(measure.student_t_975(v), t, places=4)

    def test_the_expansion_continues_the_table(self):
        before, after = (measure.student_t_975(v) for v in (measure.TABLE_SIZE - 1, measure.TABLE_SIZE))
        self.assertLess(abs(before / after - 1), 3e-4)


class Stopping(unittest.TestCase):
    RULE = {"target_relative_half_width": 0.01, "min_iterations": 5, "max_iterations": 100, "max_s": 1.0}

    def iterations(self, latencies, **changes):
        watch = measure.StoppingWatch({**self.RULE, **changes})
        return next(n for n, latency in enumerate(latencies, 1) if watch.add(latency))

    def test_equal_latencies_stop_at_the_minimum(self):
        self.assertEqual(self.iterations([0.001] * 100), 5)

    def test_the_time_limit_ends_it_after_the_iteration_that_passes_it(self):
        self.assertEqual(self.iterations([0.4] * 100, min_iterations=50), 3)

    def test_noise_needs_more_and_the_maximum_ends_it(self):
        noisy = [0.001, 0.002] * 100
        self.assertEqual(self.iterations(noisy, max_s=10.0), 100)

    def test_half_width_is_students(self):
        watch = measure.StoppingWatch(self.RULE)
        for latency in (1.0, 2.0, 3.0):
            watch.add(latency)
        self.assertAlmostEqual(watch.relative_half_width(), 4.302653 * (1 / 3) ** 0.5 / 2, places=6)


class Summary(unittest.TestCase):
    def test_quantiles_interpolate_linearly(self):
        summary = measure.summarize([4.0, 1.0, 3.0, 2.0])
        self.assertEqual([summary[k] for k in ("mean", "median", "min", "max")], [2.5, 2.5, 1.0, 4.0])
        self.assertAlmostEqual(summary["p90"], 3.7)
        self.assertAlmostEqual(summary["sd"], (5 / 3) ** 0.5)

    def test_one_iteration_has_no_deviation(self):
        self.assertEqual(measure.summarize([2.0])["sd"], 0.0)


class Counting(CachedSteps, Backend):
    """Chooses 1, 2, 3, ... in each sequence. Tests change what it says of itself."""

    logits, first, missing = 0.0, 1, 0

    def describe(self):
        return {"worker": "counting", "runtime": "none", "runtime_version": "1", "backends": [
            {"name": "counting-cpu", "device": "cpu", "precision": "fp32", "artifact": "none"}]}

    def load(self, request):
        self.reserved, self.asked = [], []

    def reserve(self, caches):
        self.reserved += caches

    def decode(self, prompt, capacity, passes, took):
        self.asked.append((len(prompt), len(prompt[0]), capacity, passes))
        for number in range(passes - self.missing):
            took([self.first + number] * len(prompt))

    def last_logits(self):
        found = Rows()
        found.value, found.shape = self.logits, (self.asked[-1][0], 1, 61)
        return found

    def kv_bytes_per_token(self):
        return 96


class Rows(Logits):
    def finite(self):
        return math.isfinite(self.value)


class Decode(unittest.TestCase):
    LOAD = {"type": "load", "backend": "counting-cpu", "threads": 1, "vocabulary": 61, "max_positions": 32}
    MEASURE = {"type": "measure", "mode": "decode", "scenario": {"name": "x", "batch": 2, "prompt_tokens": 4}, "new_tokens": 20,
               "warmup_iterations": 1, "stop": {"min_iterations": 3, "max_iterations": 3}}

    def session(self, **fields):
        session = loop.Session(Counting)
        session.answer(json.dumps({**self.LOAD, **fields}))
        return session

    def measured(self, session=None, **fields):
        return (session or self.session()).answer(json.dumps({**self.MEASURE, **fields}))

    def refused(self, outcome, session=None, **fields):
        with self.assertRaises(Refused) as refused:
            self.measured(session, **fields)
        self.assertEqual(refused.exception.outcome, outcome)
        return str(refused.exception)

    def test_times_each_token(self):
        session = self.session(caches=[[1, 2, 3]])
        reply = self.measured(session)
        backend = session.backend
        self.assertEqual(backend.reserved, [(1, 2, 3), (2, 4, 23)])  # the last token goes into no cache
        self.assertEqual(backend.asked, [(2, 4, 23, modes.CHECKED_PASSES)] + [(2, 4, 23, 20)] * 3)
        self.assertEqual(reply["new_tokens"], [list(range(1, 21))] * 2)
        self.assertEqual((reply["output_shape"], reply["kv_bytes_per_token"]), ([2, 1, 61], 96))
        steps = reply["time_per_output_token_ms"]
        self.assertEqual(set(steps), {"mean", "median", "p90", "p99", "min", "max", "sd"})
        whole = reply["time_to_first_token_ms"] + 19 * steps["mean"]
        self.assertLessEqual(whole, reply["latency_ms"]["mean"] * (1 + 1e-9))
        self.assertGreater(steps["min"], 0)

    def test_one_new_token_has_no_steps(self):
        self.assertIsNone(self.measured(new_tokens=1)["time_per_output_token_ms"])

    def test_what_a_backend_can_follows_from_what_it_implements(self):
        self.assertEqual(self.session().answer('{"type": "hello", "protocol": 1}')["can"], ["decode"])
        self.assertIn("does not run mode generate", self.refused("unsupported", mode="generate"))
        with self.assertRaises(Refused) as refused:
            self.session().answer('{"type": "score", "tokens": [[1, 2]]}')
        self.assertEqual(refused.exception.outcome, "unsupported")
        forward = type("Forward", (Backend,), {"forward": lambda self, ids: None})
        self.assertEqual(modes.capabilities_of(forward()), ["prefill", "generate", "score"])

    def test_what_does_not_fit_the_model_is_refused(self):
        self.assertIn("33 tokens", self.refused("profile_mismatch", new_tokens=30))
        self.assertEqual(len(self.measured(new_tokens=29)["new_tokens"][0]), 29)
        self.refused("error", new_tokens=0)

    def test_wrong_outputs_are_found(self):
        for change, warmup in (({"logits": math.nan}, 1), ({"logits": math.inf}, 0), ({"missing": 1}, 0), ({"first": 61}, 1), ({"first": -21}, 0)):
            session = self.session()
            vars(session.backend).update(change)
            with self.subTest(change):
                self.refused("invalid_output", session, warmup_iterations=warmup)

    def test_a_cache_that_does_not_fit_is_refused_with_both_numbers(self):
        with self.assertRaises(Refused) as refused:
            memory.check_fits_in_memory(3 << 20, 2 << 20, "the KV cache")
        self.assertEqual((refused.exception.outcome, str(refused.exception)),
                         ("out_of_memory", "the KV cache needs 3 MiB, and 2 MiB are left"))
        memory.check_fits_in_memory(3 << 20, memory.left_bytes(), "the KV cache")


class Doubling(Backend, CachedSteps):
    """Finds the double of a sequence's last token most likely, by 2, and the token behind that next, by 1."""

    noise = 0.0

    def describe(self):
        return Counting.describe(self)

    def load(self, request):
        self.reserved = []

    def reserve(self, caches):
        self.reserved += caches

    def start(self, prompt, capacity):
        return self.step([row[-1] for row in prompt])

    def step(self, tokens):
        self.rows = [[[self.noise] * 61] for _ in tokens]
        for row, token in zip(self.rows, tokens):
            row[0][2 * token % 61] += 2
            row[0][(2 * token + 1) % 61] += 1
        return self.last_logits().argmax_last()

    def last_logits(self):
        return ListLogits(self.rows)

    def kv_bytes_per_token(self):
        return 96


class Steps(unittest.TestCase):
    """`start` and `step`."""

    SUM = math.exp(2) + math.exp(1) + 59

    def session(self, backend=Doubling):
        session = loop.Session(backend)
        session.answer(json.dumps(Decode.LOAD))
        return session

    def asked(self, session, kind, tokens, **fields):
        return session.answer(json.dumps({"type": kind, "tokens": tokens, **fields}))

    def refused(self, outcome, *request, **fields):
        with self.assertRaises(Refused) as refused:
            self.asked(*request, **fields)
        self.assertEqual(refused.exception.outcome, outcome)
        return str(refused.exception)

    def test_give_the_token_that_is_chosen(self):
        session = self.session()
        self.assertEqual(self.asked(session, "start", [[1, 3], [9, 5]], capacity=4), {"type": "chosen", "tokens": [6, 10]})
        self.assertEqual(self.asked(session, "step", [6, 7]), {"type": "chosen", "tokens": [12, 14]})
        self.assertEqual(session.backend.reserved, [(2, 2, 4)])
        self.assertEqual(session.answer('{"type": "hello", "protocol": 1}')["can"], ["decode", "steps", "step_scores"])

    def test_score_the_token_that_is_appended_by_the_logits_before_it(self):
        session = self.session()
        self.assertEqual(self.asked(session, "start", [[3], [5]], capacity=3, scores=True)["gaps"], [1, 1])
        reply = self.asked(session, "step", [6, 11], scores=True)
        self.assertAlmostEqual(reply["log_probabilities"][0], 2 - math.log(self.SUM))
        self.assertAlmostEqual(reply["log_probabilities"][1], 1 - math.log(self.SUM))
        self.assertEqual((reply["gaps"], reply["tokens"]), ([1, 1], [12, 22]))
        session.backend.noise = math.nan
        self.assertIn("NaN", self.refused("invalid_output", session, "step", [12, 22], scores=True))

    def test_refuse_what_was_not_started(self):
        session = self.session()
        self.assertIn("1 tokens came for 0 sequences", self.refused("error", session, "step", [1]))
        self.assertIn("capacity", self.refused("error", session, "start", [[1, 2]], capacity=1))
        self.assertIn("one length", self.refused("error", session, "start", [[1, 2], [1]], capacity=4))
        self.assertIn("33 tokens are more", self.refused("profile_mismatch", session, "start", [[1, 2]], capacity=33))
        self.assertIn("vocabulary", self.refused("error", session, "start", [[61]], capacity=4))
        self.asked(session, "start", [[1]], capacity=2)
        self.assertIn("2 tokens came for 1", self.refused("error", session, "step", [1, 2]))
        self.assertIn("'scores' must be of type bool", self.refused("error", session, "step", [1], scores=1))
        self.asked(session, "step", [1])
        self.assertIn("have the 2 tokens", self.refused("error", session, "step", [1]))

    def test_are_not_of_a_backend_that_has_decode_alone(self):
        self.assertIn("cannot 'steps'", self.refused("unsupported", self.session(Counting), "start", [[1]], capacity=2))

    def test_make_decode(self):
        reply = Decode().measured(self.session(), new_tokens=5)
        self.assertTrue(all(after == 2 * before % 61 for row in reply["new_tokens"] for before, after in zip(row, row[1:])))


class Gpu(unittest.TestCase):
    SAMPLE = {"sm_mhz": 1980, "throttle_reasons": []}

    def test_energy_is_per_token(self):
        clocks = gpu.Device.clocks(({**self.SAMPLE, "energy_mj": 5000}, 1.0), ({**self.SAMPLE, "energy_mj": 9000}, 1.5), 2000)
        self.assertEqual(clocks["energy_mj_per_token"], 2.0)
        self.assertFalse(clocks["throttled"])

    def test_a_short_loop_has_none(self):
        clocks = gpu.Device.clocks(({**self.SAMPLE, "energy_mj": 5000}, 1.0), ({**self.SAMPLE, "energy_mj": 9000}, 1.05), 2000)
        self.assertIsNone(clocks["energy_mj_per_token"])

    def test_throttling_at_the_end_counts(self):
        slow = {"throttle_reasons": ["hardware_thermal"]}
        self.assertTrue(gpu.Device.clocks((dict(self.SAMPLE), 1.0), (slow, 2.0), 1)["throttled"])


class Failures(unittest.TestCase):
    """What a study is told when a runtime throws."""

    def test_a_full_device_is_out_of_memory_whoever_notices(self):
        class OutOfMemoryError(RuntimeError):  # as torch has it
            pass

        problems = [MemoryError(), OutOfMemoryError("CUDA: tried to allocate 2 GiB"),
                    RuntimeError("CUDA error: out of memory\nSearch for `cudaErrorMemoryAllocation'\n"),
                    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
                    OSError(12, "Cannot allocate memory")]
        self.assertEqual([loop.error_reply(problem)["outcome"] for problem in problems], ["out_of_memory"] * 5)
        self.assertEqual(loop.error_reply(ValueError("no such shape"))["outcome"], "error")

    def test_the_message_is_one_line(self):
        reply = loop.error_reply(RuntimeError("CUDA error: out of memory\nFor debugging consider ..."))
        self.assertEqual(reply["message"], "RuntimeError: CUDA error: out of memory")
        self.assertEqual(failures.first_line(KeyError()), "KeyError")


class Worker(unittest.TestCase):
    """With a python3 that has no site packages: the worker answers, and says what to install."""

    def answers(self, *requests):
        lines = "".join(json.dumps(request) + "\n" for request in requests)
        run = subprocess.run([sys.executable, "-S", str(ROOT / "workers" / "transformers" / "inferscale-worker-transformers")],
                             input=lines, capture_output=True, text=True, timeout=60, check=True)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def test_says_what_to_install(self):
        hello, refusal = self.answers(
            {"type": "hello", "protocol": 1},
            {"type": "load", "backend": "transformers-cpu", "threads": 1, "vocabulary": 61, "max_positions": 32})
        self.assertEqual(hello["can"], ["prefill", "generate", "decode", "score", "steps", "step_scores"])
        for backend in hello["backends"]:
            self.assertIn("pip install torch transformers", backend["unavailable_because"])
            self.assertEqual(backend["libraries"], {"Python": platform.python_version()})
        self.assertEqual((refusal["type"], refusal["outcome"]), ("error", "unsupported"))

    def test_refuses_wrong_requests_and_lives_on(self):
        replies = self.answers({"type": "dance"}, {"type": "hello"}, {"type": "hello", "protocol": 1, "colour": "red"},
                               {"type": "hello", "protocol": "1"}, {"type": "measure", "mode": "prefill"}, [],
                               {"type": "hello", "protocol": 1})
        self.assertEqual([reply["type"] for reply in replies], ["error"] * 6 + ["hello"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], testRunner=unittest.TextTestRunner(stream=io.TextIOWrapper(sys.stderr.buffer), verbosity=0))
