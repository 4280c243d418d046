"""The interface between a runtime and the loop: src/measure/backend.hpp, in Python."""
import array
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
        raise NotImplementedError

    def details(self):
        """What a reader of the row should know of how the model is run."""
        return {}


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
