"""One repetition of a cell, by the rules of src/measure (docs/explanation/methodology.md): prompt, warm-up, timed loop, summary."""
import gc
import math
import time

from .backend import Refused

TABLE_SIZE = 200
MAX_ITERATIONS = 1_000_000


def prompt_ids(seed, count, vocabulary):
    """SplitMix64 (Steele, Lea and Flood 2014) modulo the vocabulary."""
    mask, ids = (1 << 64) - 1, []
    for i in range(1, count + 1):
        z = (seed + i * 0x9E3779B97F4A7C15) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        ids.append((z ^ (z >> 31)) % vocabulary)
    return ids


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


def quantile(ascending, p):
    """Type 7 of Hyndman and Fan 1996, as src/measure/summary.cpp."""
    position = p * (len(ascending) - 1)
    below = int(position)
    above = min(below + 1, len(ascending) - 1)
    return ascending[below] + (position - below) * (ascending[above] - ascending[below])


def summarize(latencies_ms):
    ordered = sorted(latencies_ms)
    mean = math.fsum(ordered) / len(ordered)
    squares = math.fsum((x - mean) ** 2 for x in ordered)
    return {"mean": mean, "median": quantile(ordered, 0.5), "p90": quantile(ordered, 0.9), "p99": quantile(ordered, 0.99),
            "min": ordered[0], "max": ordered[-1], "sd": math.sqrt(squares / (len(ordered) - 1)) if len(ordered) > 1 else 0.0}


def check_length(length, max_positions):
    if length > max_positions:
        raise Refused("profile_mismatch", f"a sequence of {length} tokens is longer than the model's {max_positions} positions")


def check_output(logits, batch, length, loaded):
    due = (batch, length if loaded["logits"] == "all" else 1, loaded["vocabulary"])
    if tuple(logits.shape) != due:
        raise Refused("invalid_output", f"the output has shape {list(logits.shape)}, not {list(due)}")
    if not logits.finite():
        raise Refused("invalid_output", "a logit is NaN or infinite")


def check_request(loaded, request):
    if request["mode"] == "decode":
        raise Refused("unsupported", "this worker has no KV-cached decode; use mode generate")
    scenario, stop = request["scenario"], request["stop"]
    if (scenario["batch"] < 1 or scenario["prompt_tokens"] < 1 or request["warmup_iterations"] < 0
            or (request["mode"] == "generate" and request["new_tokens"] < 1)):
        raise Refused("error", "batch, prompt_tokens and new_tokens must be at least 1, warmup_iterations at least 0")
    if not 1 <= stop["min_iterations"] <= stop["max_iterations"] <= MAX_ITERATIONS:
        raise Refused("error", f"the stopping rule needs 1 <= min_iterations <= max_iterations <= {MAX_ITERATIONS}")
    if not stop["max_s"] > 0 or not stop["target_relative_half_width"] >= 0:
        raise Refused("error", "the stopping rule needs max_s above 0 and target_relative_half_width of at least 0")
    check_length(scenario["prompt_tokens"] + steps_of(request) - 1, loaded["max_positions"])


def steps_of(request):
    return request["new_tokens"] if request["mode"] == "generate" else 1


class Iteration:
    """What one iteration does. The whole sequence goes through forward() again for each new token."""

    def __init__(self, backend, loaded, request):
        scenario = request["scenario"]
        self.backend, self.loaded, self.steps = backend, loaded, steps_of(request)
        self.batch, self.length = scenario["batch"], scenario["prompt_tokens"]
        ids = prompt_ids(request["token_seed"], self.batch * self.length, loaded["vocabulary"])
        self.prompt = [ids[i * self.length:(i + 1) * self.length] for i in range(self.batch)]
        self.generate = request["mode"] == "generate"
        self.rows = self.prompt

    def shapes(self):
        return [(self.batch, self.length + step) for step in range(self.steps)]

    def run(self, check=False):
        if not self.generate:
            logits = self.backend.forward(self.prompt)
            if check:
                check_output(logits, self.batch, self.length, self.loaded)
            return logits
        self.rows = [list(row) for row in self.prompt]
        for step in range(self.steps):
            logits = self.backend.forward(self.rows)
            if check:
                check_output(logits, self.batch, self.length + step, self.loaded)
            for row, token in zip(self.rows, logits.argmax_last()):
                row.append(token)
        return logits

    def tokens(self, logits):
        """A list a sequence; for prefill the token that would come next."""
        if not self.generate:
            return [[token] for token in logits.argmax_last()]
        return [row[self.length:] for row in self.rows]


def timed_loop(iteration, stop):
    watch, latencies_ms, over = StoppingWatch(stop), [], False
    gc.collect()
    gc.disable()  # a collection in the middle of an iteration would be measured
    try:
        while not over:
            start = time.perf_counter_ns()
            logits = iteration.run()
            elapsed_ns = time.perf_counter_ns() - start
            latencies_ms.append(elapsed_ns / 1e6)
            over = watch.add(elapsed_ns / 1e9)
    finally:
        gc.enable()
    return latencies_ms, logits


def measure(backend, loaded, request, device):
    """The reply to `measure`; `device` samples the GPU around the loop (gpu.Device), or is None."""
    check_request(loaded, request)
    iteration = Iteration(backend, loaded, request)
    backend.prepare(iteration.shapes())
    for _ in range(request["warmup_iterations"]):
        iteration.run(check=True)
    before = device.sample() if device else None
    latencies_ms, logits = timed_loop(iteration, request["stop"])
    after = device.sample() if device else None
    check_output(logits, iteration.batch, iteration.length + iteration.steps - 1, loaded)
    tokens = len(latencies_ms) * iteration.batch * (iteration.length if not iteration.generate else
                                                    iteration.length + iteration.steps)
    return {"type": "measured", "warmup_iterations": request["warmup_iterations"], "iterations": len(latencies_ms),
            "latency_ms": summarize(latencies_ms), "time_to_first_token_ms": 0.0, "output_shape": list(logits.shape),
            "new_tokens": iteration.tokens(logits), "memory_peak_mb": memory_mb("VmHWM"),
            "gpu_memory_peak_mb": device.memory_mb() if device else 0.0,
            "clocks": device.clocks(before, after, tokens) if device else None, "details": backend.details()}


def memory_mb(field):
    with open("/proc/self/status") as status:
        return next((int(line.split()[1]) / 1024 for line in status if line.startswith(field + ":")), 0.0)
