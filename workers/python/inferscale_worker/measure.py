"""One repetition of a cell, by the rules of src/measure (docs/explanation/methodology.md): prompt, warm-up, timed loop, summary."""
import gc
import math
import time

from .backend import Refused
from .memory import memory_mb
from .modes import MODES
from .summary import summarize

TABLE_SIZE = 200
MAX_ITERATIONS = 1_000_000


def student_t_central(t, v):
    """P(|T| <= t) of Student's t with v degrees of freedom: Abramowitz and Stegun 26.7.3 and 26.7.4, exact."""
    theta = math.atan2(t, math.sqrt(v))
    cosine_squared, sine = math.cos(theta) ** 2, math.sin(theta)
    term = total = math.cos(theta) if v % 2 else 1.0
    for k in range(3 if v % 2 else 2, v - 1, 2):
        term *= cosine_squared * (k - 1) / k
        total += term
    if v % 2:
        return 2 / math.pi * (theta + (sine * total if v > 1 else 0.0))
    return sine * total


def student_t_975(v):
    """The 97.5% quantile: by Newton's method up to the table's end, beyond it as src/measure/stopping.cpp has it."""
    z = 1.959963984540054
    if v >= TABLE_SIZE:
        return z + (z**3 + z) / (4 * v)
    t = {1: 12.7, 2: 4.30}.get(v, z + (z**3 + z) / (4 * v) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v * v))
    log_scale = math.lgamma((v + 1) / 2) - math.lgamma(v / 2) - 0.5 * math.log(v * math.pi)
    for _ in range(4):
        density = math.exp(log_scale - (v + 1) / 2 * math.log1p(t * t / v))
        t -= (student_t_central(t, v) - 0.95) / (2 * density)
    return t


class StoppingWatch:
    """Says when the timed loop is over: StoppingWatch of src/measure/stopping.hpp."""

    def __init__(self, rule):
        self.rule = rule
        self.t975 = [0.0] + [student_t_975(v) for v in range(1, min(max(rule["max_iterations"], 1), TABLE_SIZE))]
        self.n = 0
        self.mean = self.squares = self.total_s = 0.0

    def relative_half_width(self):
        if self.n < 2 or not self.mean > 0:
            return 0.0
        v = self.n - 1
        t = self.t975[v] if v < len(self.t975) else student_t_975(max(v, TABLE_SIZE))
        return t * math.sqrt(self.squares / (v * self.n)) / self.mean

    def add(self, latency_s):
        """Takes the next latency; true when the loop is over."""
        self.n += 1
        delta = latency_s - self.mean
        self.mean += delta / self.n
        self.squares += delta * (latency_s - self.mean)
        self.total_s += latency_s
        rule = self.rule
        precise = (self.n >= max(rule["min_iterations"], 2)
                   and self.relative_half_width() <= rule["target_relative_half_width"])
        return self.n >= rule["max_iterations"] or self.total_s >= rule["max_s"] or precise


def check_length(length, max_positions):
    if length > max_positions:
        raise Refused("profile_mismatch", f"a sequence of {length} tokens is longer than the model's {max_positions} positions")


def check_request(mode, loaded, request):
    scenario, stop = request["scenario"], request["stop"]
    if (scenario["batch"] < 1 or scenario["prompt_tokens"] < 1 or request["warmup_iterations"] < 0
            or mode.passes_of(request) < 1):
        raise Refused("error", "batch, prompt_tokens and new_tokens must be at least 1, warmup_iterations at least 0")
    if not 1 <= stop["min_iterations"] <= stop["max_iterations"] <= MAX_ITERATIONS:
        raise Refused("error", f"the stopping rule needs 1 <= min_iterations <= max_iterations <= {MAX_ITERATIONS}")
    if not stop["max_s"] > 0 or not stop["target_relative_half_width"] >= 0:
        raise Refused("error", "the stopping rule needs max_s above 0 and target_relative_half_width of at least 0")
    check_length(mode.longest(request), loaded["max_positions"])


def timed_loop(iteration, stop):
    watch, latencies_ms, over = StoppingWatch(stop), [], False
    gc.collect()
    gc.disable()  # a collection in the middle of an iteration would be measured
    try:
        while not over:
            start = time.perf_counter_ns()
            iteration.run()
            elapsed_ns = time.perf_counter_ns() - start
            latencies_ms.append(elapsed_ns / 1e6)
            over = watch.add(elapsed_ns / 1e9)
    finally:
        gc.enable()
    return latencies_ms


def measure(backend, loaded, request, device):
    """The reply to `measure`; `device` samples the GPU around the loop (gpu.Device), or is None."""
    mode = MODES[request["mode"]]
    if not mode.runs_on(backend):
        raise Refused("unsupported", f"this worker does not run mode {request['mode']}")
    check_request(mode, loaded, request)
    iteration = mode(backend, loaded, request)
    iteration.prepare()
    for _ in range(request["warmup_iterations"]):
        iteration.run(check=True)
    before = device.sample() if device else None
    latencies_ms = timed_loop(iteration, request["stop"])
    after = device.sample() if device else None
    made = iteration.finish()
    tokens = len(latencies_ms) * iteration.counted_tokens()
    return {"type": "measured", "warmup_iterations": request["warmup_iterations"], "iterations": len(latencies_ms),
            "latency_ms": summarize(latencies_ms), **made, "memory_peak_mb": memory_mb("VmHWM"),
            "gpu_memory_peak_mb": device.memory_mb() if device else 0.0,
            "clocks": device.clocks(before, after, tokens) if device else None, "details": backend.details()}
