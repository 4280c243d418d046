"""The interface between a runtime and the loop: src/measure/backend.hpp, in Python."""
import array
import heapq
import math


class Refused(Exception):
    """A request that cannot be served: the error reply's outcome and message."""

    def __init__(self, outcome, message):
        super().__init__(message)
        self.outcome = outcome


def known_precision(name):
    """`precision_facts` of a precision that inferscale knows: src/protocol/precision.cpp, in Python."""
    return {"name": name, "bits": {"fp32": 32, "tf32": 32, "fp16": 16, "bf16": 16, "int8": 8}[name], "computes": name,
            "gate": name}


class Backend:
    """One runtime; one instance serves one load. `ids` is a list of lists of token ids, all of one length."""

    def describe(self):
        """{"worker", "runtime", "runtime_version", "backends"} of `hello`. Cheap: no import of the runtime."""
        raise NotImplementedError

    def load(self, request):
        """Loads what the request names. `request` has every field of `load`, defaults filled in."""
        raise NotImplementedError

    def scoring_length(self, length):
        """To how many tokens `score` pads its sequences, at least `length`: padding on the right changes nothing."""
        return length

    def prepare(self, shapes):
        """Every (batch, length) that forward() will be called with: allocate, compile, capture. Not timed."""

    def forward(self, ids):
        """The timed region: ids to the device, one pass, logits back in host memory. Returns Logits."""
        raise Refused("unsupported", "this backend runs no passes over whole sequences")

    def details(self):
        """What a reader of the row should know of how the model is run."""
        return {}


class CachedSteps:
    """Greedy decoding with a KV cache: what a backend inherits from beside Backend to run the mode `decode`. The sequences
    of a batch are of one length; keys and values stay with the runtime, and where it can, so does the choice of a token."""

    def reserve(self, caches):
        """Every (batch, prompt, capacity) that decode() will be called for, in tokens a sequence: allocate, compile, capture.
        Not timed; called again for new ones. Refused is `out_of_memory` before what cannot be allocated is."""

    def decode(self, prompt, capacity, passes, took):
        """The timed region: the prompt into an empty cache, then `passes` - 1 steps, each with the tokens that the pass before
        chose, those of the highest logits. Calls took(tokens), a list of one a sequence, once those of a pass are in host memory."""
        tokens = self.start(prompt, capacity)
        took(tokens)
        for _ in range(passes - 1):
            tokens = self.step(tokens)
            took(tokens)

    def start(self, prompt, capacity):
        """Forgets the last sequences, and runs a prompt into the cache. Returns the tokens of the highest logits, a list of one a
        sequence, the lowest among equals. A backend that has no start() and step() has a decode() of its own."""
        raise Refused("unsupported", "this backend makes no single steps")

    def step(self, tokens):
        """Appends a token to each sequence, mostly the one that was chosen. Returns as start() does."""
        raise Refused("unsupported", "this backend makes no single steps")

    def last_logits(self):
        """Logits [batch, 1, vocabulary] of the last start() or step(), or of the pass that took() was last told of; took() may
        ask for them. Not timed."""
        raise NotImplementedError

    def kv_bytes_per_token(self):
        """What a token of a sequence takes: keys and values of all layers."""
        raise NotImplementedError


def has_forward(backend):
    """Passes over whole sequences: what the modes without a KV cache, scores and logits are made of."""
    return type(backend).forward is not Backend.forward


def has_steps(backend):
    """Tokens one at a time: `start` and `step`."""
    return isinstance(backend, CachedSteps) and type(backend).step is not CachedSteps.step


class Logits:
    """Logits in host memory, valid until the next forward()."""

    shape = (0, 0, 0)  # batch, positions, vocabulary

    def argmax_last(self):
        """The index of the largest logit of each sequence's last position, the lowest among equals: a list."""
        raise NotImplementedError

    def finite(self):
        """Whether no logit is NaN or infinite."""
        raise NotImplementedError

    def log_probabilities(self, sequences):
        """A list a sequence: log(softmax(logits at position i)[token i + 1]); not finite where a logit is not."""
        raise NotImplementedError

    def f32_bytes(self):
        """All of them as little-endian float32, row-major."""
        raise NotImplementedError

    def top_gaps(self):
        """Of each sequence's last position: the highest logit less the second highest, of two tokens. A list."""
        values, vocabulary = array.array("f", self.f32_bytes()), self.shape[2]
        rows = [values[end - vocabulary:end] for end in range(self.shape[1] * vocabulary, len(values) + 1, self.shape[1] * vocabulary)]
        return [highest - second for highest, second in (heapq.nlargest(2, row) for row in rows)]


class ListLogits(Logits):
    """Over nested lists [batch][positions][vocabulary] of numbers, or what behaves like them. A runtime whose output is large has
    faster ways of its own to answer these."""

    def __init__(self, rows):
        self.rows, self.shape = rows, (len(rows), len(rows[0]), len(rows[0][0]))

    def argmax_last(self):
        return [max(range(len(row[-1])), key=row[-1].__getitem__) for row in self.rows]

    def finite(self):
        return all(math.isfinite(value) for row in self.rows for position in row for value in position)

    def log_probabilities(self, sequences):
        def log_softmax(position, token):
            largest = max(position)
            return position[token] - largest - math.log(sum(math.exp(value - largest) for value in position))

        if not self.finite():
            return [[math.nan] * (len(tokens) - 1) for tokens in sequences]
        return [[log_softmax(position, token) for position, token in zip(row, tokens[1:])]
                for row, tokens in zip(self.rows, sequences)]

    def f32_bytes(self):
        return array.array("f", (value for row in self.rows for position in row for value in position)).tobytes()
