"""What an iteration of each mode is, and what it needs of a backend: src/measure/modes, in Python."""
import time

from .backend import CachedSteps, Refused, has_forward, has_steps
from .summary import summarize

CHECKED_PASSES = 16  # of an iteration with a cache that is not timed: later passes do what these do


def prompt_ids(seed, count, vocabulary):
    """SplitMix64 (Steele, Lea and Flood 2014) modulo the vocabulary."""
    mask, ids = (1 << 64) - 1, []
    for i in range(1, count + 1):
        z = (seed + i * 0x9E3779B97F4A7C15) & mask
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        ids.append((z ^ (z >> 31)) % vocabulary)
    return ids


class Prefill:
    """The prompt's forward pass. The other modes differ from it in what they override."""

    makes_tokens = False
    runs_on = staticmethod(has_forward)

    def __init__(self, backend, loaded, request):
        scenario = request["scenario"]
        self.backend, self.loaded, self.passes = backend, loaded, self.passes_of(request)
        self.batch, self.length = scenario["batch"], scenario["prompt_tokens"]
        ids = prompt_ids(request["token_seed"], self.batch * self.length, loaded["vocabulary"])
        self.prompt = [ids[i * self.length:(i + 1) * self.length] for i in range(self.batch)]

    @classmethod
    def passes_of(cls, request):
        return request["new_tokens"] if cls.makes_tokens else 1

    @classmethod
    def longest(cls, request):
        """Tokens of the longest sequence that a pass sees."""
        return request["scenario"]["prompt_tokens"] + cls.passes_of(request) - 1

    def prepare(self):
        self.backend.prepare([(self.batch, self.length + step) for step in range(self.passes)])

    def run(self, check=False):
        """The timed region. `check` looks at every output, in iterations that are not timed."""
        self.logits = self.backend.forward(self.prompt)
        if check:
            self.check_output(self.length)

    def finish(self):
        """After the loop: the last output is looked at. Fields of the reply."""
        self.check_output(self.length + self.passes - 1)
        return {"output_shape": list(self.logits.shape), "new_tokens": self.tokens(), "time_to_first_token_ms": 0.0}

    def tokens(self):
        """A list a sequence: here the token that would come next."""
        return [[token] for token in self.logits.argmax_last()]

    def counted_tokens(self):
        """Of an iteration: those that a throughput counts."""
        return self.batch * self.length

    def check_output(self, length):
        due = (self.batch, length if self.loaded["logits"] == "all" else 1, self.loaded["vocabulary"])
        if tuple(self.logits.shape) != due:
            raise Refused("invalid_output", f"the output has shape {list(self.logits.shape)}, not {list(due)}")
        if not self.logits.finite():
            raise Refused("invalid_output", "a logit is NaN or infinite")


class Generate(Prefill):
    """Greedy and uncached: the whole sequence goes through forward() again for each new token."""

    makes_tokens = True

    def run(self, check=False):
        self.rows = [list(row) for row in self.prompt]
        for step in range(self.passes):
            self.logits = self.backend.forward(self.rows)
            if check:
                self.check_output(self.length + step)
            for row, token in zip(self.rows, self.logits.argmax_last()):
                row.append(token)

    def tokens(self):
        return [row[self.length:] for row in self.rows]

    def counted_tokens(self):
        return self.batch * (self.length + self.passes)


class Decode(Prefill):
    """Greedy with a KV cache. Each token is timed from the one before, the first from the iteration's start."""

    makes_tokens = True

    def __init__(self, backend, loaded, request):
        super().__init__(backend, {**loaded, "logits": "last"}, request)
        self.capacity = self.longest(request)
        self.first_ms, self.step_ms = [], []

    @staticmethod
    def runs_on(backend):
        return isinstance(backend, CachedSteps)

    def prepare(self):
        self.backend.reserve([(self.batch, self.length, self.capacity)])

    def run(self, check=False):
        self.chosen, times, before = [], [], time.perf_counter_ns()

        def took(tokens):
            nonlocal before
            self.chosen.append(tokens)
            if check:
                self.check_last()
                return
            now = time.perf_counter_ns()
            times.append((now - before) / 1e6)
            before = now

        passes = min(self.passes, CHECKED_PASSES) if check else self.passes
        self.backend.decode(self.prompt, self.capacity, passes, took)
        if len(self.chosen) != passes:
            raise Refused("invalid_output", f"tokens of {len(self.chosen)} passes came, not of {passes}")
        self.first_ms += times[:1]
        self.step_ms += times[1:]

    def check_last(self):
        self.logits, tokens = self.backend.last_logits(), self.chosen[-1]
        self.check_output(1)
        if len(tokens) != self.batch or not all(0 <= token < self.loaded["vocabulary"] for token in tokens):
            raise Refused("invalid_output", f"the tokens {tokens} came, not {self.batch} of the vocabulary of {self.loaded['vocabulary']}")

    def finish(self):
        self.check_last()
        return {"output_shape": list(self.logits.shape), "new_tokens": self.tokens(),
                "time_to_first_token_ms": summarize(self.first_ms)["mean"],
                "time_per_output_token_ms": summarize(self.step_ms) if self.step_ms else None,
                "kv_bytes_per_token": self.backend.kv_bytes_per_token()}

    def tokens(self):
        return [list(row) for row in zip(*self.chosen)]

    def counted_tokens(self):
        return self.batch * self.passes


MODES = {"prefill": Prefill, "generate": Generate, "decode": Decode}


def capabilities_of(backend):
    """hello's `can`: src/measure/capabilities.cpp, in Python."""
    return ([name for name, mode in MODES.items() if mode.runs_on(backend)] + (["score"] if has_forward(backend) else [])
            + (["steps", "step_scores"] if has_steps(backend) else []))
