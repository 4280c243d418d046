"""The rules by which workers in Python measure are those of src/measure: the same numbers from the same inputs."""
import io
import json
import math
import pathlib
import struct
import subprocess
import sys
import unittest

ROOT = pathlib.Path(sys.argv.pop(1))
sys.path.insert(0, str(ROOT / "workers" / "python"))

from inferscale_worker import ListLogits, failures, gpu, loop, measure  # noqa: E402


class Prompt(unittest.TestCase):
    def test_is_that_of_the_protocol(self):
        self.assertEqual(measure.prompt_ids(0, 6, 61), [30, 44, 43, 28, 7, 35])


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
        for backend in hello["backends"]:
            self.assertIn("pip install torch transformers", backend["unavailable_because"])
        self.assertEqual((refusal["type"], refusal["outcome"]), ("error", "unsupported"))

    def test_refuses_wrong_requests_and_lives_on(self):
        replies = self.answers({"type": "dance"}, {"type": "hello"}, {"type": "hello", "protocol": 1, "colour": "red"},
                               {"type": "hello", "protocol": "1"}, {"type": "measure", "mode": "prefill"}, [],
                               {"type": "hello", "protocol": 1})
        self.assertEqual([reply["type"] for reply in replies], ["error"] * 6 + ["hello"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], testRunner=unittest.TextTestRunner(stream=io.TextIOWrapper(sys.stderr.buffer), verbosity=0))
