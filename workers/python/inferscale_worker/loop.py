"""A worker's main loop: requests on stdin, one reply each on stdout (docs/reference/protocol.md)."""
import gc
import json
import math
import os
import platform
import sys
import time

from .backend import Refused, has_steps
from .failures import first_line, out_of_memory
from .gpu import Device
from .measure import check_length, measure
from .memory import memory_mb
from .modes import MODES, Decode, capabilities_of

PROTOCOL, MINOR = 1, 1

# Field: (type, default); a field without a default is required.
INTEGER, NUMBER, TEXT, OBJECT, LIST, BOOLEAN = int, float, str, dict, list, bool
REQUIRED = object()
STOP = {"target_relative_half_width": (NUMBER, 0.01), "min_iterations": (INTEGER, 5), "max_iterations": (INTEGER, 10000),
        "max_s": (NUMBER, 2.0)}
SCENARIO = {"name": (TEXT, REQUIRED), "batch": (INTEGER, REQUIRED), "prompt_tokens": (INTEGER, REQUIRED)}
FIELDS = {
    "hello": {"protocol": (INTEGER, REQUIRED)},
    "load": {"backend": (TEXT, REQUIRED), "artifact": (TEXT, ""), "weights": (TEXT, ""), "logits": (TEXT, "all"),
             "threads": (INTEGER, REQUIRED), "cpus": (LIST, []), "vocabulary": (INTEGER, REQUIRED),
             "max_positions": (INTEGER, REQUIRED), "model": (OBJECT, None), "shapes": (LIST, []), "caches": (LIST, []),
             "seed": (INTEGER, 0), "options": (OBJECT, {})},
    "measure": {"mode": (TEXT, REQUIRED), "scenario": (OBJECT, REQUIRED), "new_tokens": (INTEGER, 8),
                "warmup_iterations": (INTEGER, 3), "stop": (OBJECT, {}), "token_seed": (INTEGER, 0)},
    "logits": {"tokens": (LIST, REQUIRED), "file": (TEXT, REQUIRED)},
    "score": {"tokens": (LIST, REQUIRED), "length": (INTEGER, 0)},
    "start": {"tokens": (LIST, REQUIRED), "capacity": (INTEGER, REQUIRED), "scores": (BOOLEAN, False)},
    "step": {"tokens": (LIST, REQUIRED), "scores": (BOOLEAN, False)},
    "shutdown": {},
}


def is_a(value, kind):
    if kind is NUMBER:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, kind) and isinstance(value, bool) == (kind is BOOLEAN)


def read_fields(json_object, fields, place):
    """Every field, defaults filled in; an unknown, a missing or a mistyped one is an error that names it."""
    for name in json_object:
        if name not in fields:
            raise Refused("error", f"{place}: unknown field '{name}'")
    values = {}
    for name, (kind, default) in fields.items():
        if name not in json_object:
            if default is REQUIRED:
                raise Refused("error", f"{place}: field '{name}' is missing")
            values[name] = default
        elif not is_a(json_object[name], kind):
            raise Refused("error", f"{place}: field '{name}' must be of type {kind.__name__}")
        else:
            values[name] = json_object[name]
    return values


class Session:
    """Answers requests; keeps the one loaded backend."""

    def __init__(self, make_backend):
        self.make_backend = make_backend
        self.backend = self.loaded = self.device = None
        self.room = None  # of the sequences that `start` began: [their number, their tokens now, their capacity]

    def hello(self, request):
        if request["protocol"] != PROTOCOL:
            raise Refused("error", f"this worker speaks protocol {PROTOCOL}, not {request['protocol']}")
        backend = self.make_backend()
        description = backend.describe()
        for one in description["backends"]:
            one["libraries"] = {"Python": platform.python_version(), **one.get("libraries", {})}
        return {"type": "hello", "protocol": PROTOCOL, "minor": MINOR, "can": capabilities_of(backend), **description}

    def check_load(self, request):
        if self.backend:
            raise Refused("error", "this worker has loaded a model already; a worker loads one")
        if request["logits"] not in ("all", "last"):
            raise Refused("error", f"load: field 'logits' must be all or last, not '{request['logits']}'")
        if min(request["threads"], request["vocabulary"], request["max_positions"]) < 1:
            raise Refused("error", "load: threads, vocabulary and max_positions must be at least 1")
        description = self.make_backend().describe()
        found = next((b for b in description["backends"] if b["name"] == request["backend"]), None)
        if not found:
            raise Refused("unsupported", f"worker '{description['worker']}' has no backend '{request['backend']}'")
        if found.get("unavailable_because"):
            raise Refused("unsupported", f"backend '{found['name']}' cannot run here: {found['unavailable_because']}")
        kind = found.get("artifact", "onnx")
        file = request["weights"] if kind == "safetensors" else request["artifact"]
        if kind != "none" and not os.path.isfile(file):
            raise Refused("load_failed",
                          f"backend '{found['name']}' needs the model's {kind} file, and there is none at '{file}'")
        return found

    def load(self, request):
        found = self.check_load(request)
        if request["cpus"]:
            os.sched_setaffinity(0, request["cpus"])  # before the runtime makes its threads
        device = Device.open() if found["device"] == "cuda" else None
        backend = self.make_backend()
        start = time.perf_counter()
        backend.load(request)
        loaded = time.perf_counter()
        backend.prepare([tuple(shape) for shape in request["shapes"]])
        if request["caches"] and Decode.runs_on(backend):
            backend.reserve([tuple(cache) for cache in request["caches"]])
        gc.collect()
        gc.freeze()  # a compiler leaves millions of objects: collections before timed loops need not look at them again
        self.backend, self.loaded, self.device = backend, request, device
        return {"type": "loaded", "load_s": loaded - start, "prepare_s": time.perf_counter() - loaded,
                "memory_mb": memory_mb("VmRSS"),
                "threads": request["threads"], "cpus": sorted(os.sched_getaffinity(0)), "details": backend.details()}

    def measure(self, request):
        if request["mode"] not in MODES:
            raise Refused("error", f"measure: field 'mode' must be one of {', '.join(MODES)}, not '{request['mode']}'")
        request["scenario"] = read_fields(request["scenario"], SCENARIO, "measure: scenario")
        request["stop"] = read_fields(request["stop"], STOP, "measure: stop")
        return measure(self.backend, self.loaded, request, self.device)

    def sequences(self, request, place, one_length=False):
        rows = request["tokens"]
        if not rows or not all(isinstance(row, list) and row for row in rows):
            raise Refused("error", f"{place}: field 'tokens' must be a list of at least one list of token ids")
        if not all(is_a(token, INTEGER) and 0 <= token < self.loaded["vocabulary"] for row in rows for token in row):
            raise Refused("error", f"{place}: a token id is outside the vocabulary of {self.loaded['vocabulary']}")
        if one_length and any(len(row) != len(rows[0]) for row in rows):
            raise Refused("error", f"{place}: the lists of 'tokens' must have one length")
        return rows

    def logits(self, request):
        rows = self.sequences(request, "logits", one_length=True)
        if not os.path.isabs(request["file"]):
            raise Refused("error", f"logits: field 'file' must be an absolute path, not '{request['file']}'")
        check_length(len(rows[0]), self.loaded["max_positions"])
        self.backend.prepare([(len(rows), len(rows[0]))])
        output = self.backend.forward(rows)
        with open(request["file"] + ".part", "wb") as file:
            file.write(output.f32_bytes())
        os.replace(request["file"] + ".part", request["file"])
        return {"type": "logits", "shape": list(output.shape)}

    def score(self, request):
        rows = self.sequences(request, "score")
        longest = max(len(row) for row in rows)
        length = request["length"] or longest
        if self.loaded["logits"] != "all":
            raise Refused("error", "score: the model was loaded for logits 'last', and scoring needs those of all positions")
        if length < longest:
            raise Refused("error", f"score: 'length' is {length}, and a sequence has {longest} tokens")
        check_length(length, self.loaded["max_positions"])
        length = self.backend.scoring_length(length)
        padded = [row + [0] * (length - len(row)) for row in rows]
        self.backend.prepare([(len(rows), length)])
        start = time.perf_counter()
        output = self.backend.forward(padded)
        forward_s = time.perf_counter() - start
        scores = output.log_probabilities(rows)
        for number, values in enumerate(scores):
            if not all(map(math.isfinite, values)):
                raise Refused("invalid_output", f"a logit is NaN or infinite in sequence {number}")
        return {"type": "scored", "log_probabilities": scores, "forward_s": forward_s}

    def start(self, request):
        self.check_has_steps()
        rows, capacity = self.sequences(request, "start", one_length=True), request["capacity"]
        if capacity < len(rows[0]):
            raise Refused("error", f"start: field 'capacity' is {capacity}, and a prompt has {len(rows[0])} tokens")
        if capacity > self.loaded["max_positions"]:
            raise Refused("profile_mismatch",
                          f"{capacity} tokens are more than the model's {self.loaded['max_positions']} positions")
        self.room = None
        self.backend.reserve([(len(rows), len(rows[0]), capacity)])
        chosen = self.backend.start(rows, capacity)
        self.room = [len(rows), len(rows[0]), capacity]
        return self.chosen(chosen, {"gaps": self.gaps()} if request["scores"] else {})

    def step(self, request):
        self.check_has_steps()
        sequences, length, capacity = self.room or (0, 0, 0)
        if len(request["tokens"]) != sequences or not sequences:
            raise Refused("error", f"step: {len(request['tokens'])} tokens came for {sequences} sequences that were started")
        if length == capacity:
            raise Refused("error", f"step: the sequences have the {capacity} tokens that start's 'capacity' gave them")
        tokens = self.sequences({"tokens": [request["tokens"]]}, "step")[0]
        scores = {}
        if request["scores"]:  # by the logits that are there still
            of_pairs = self.backend.last_logits().log_probabilities([[0, token] for token in tokens])
            scores["log_probabilities"] = [score for score, in of_pairs]
        self.room[1] += 1
        chosen = self.backend.step(tokens)
        if request["scores"]:
            scores["gaps"] = self.gaps()
        return self.chosen(chosen, scores)

    def check_has_steps(self):
        if not has_steps(self.backend):
            raise Refused("unsupported", f"worker '{self.backend.describe()['worker']}' cannot 'steps'")

    def gaps(self):
        """Of the pass that was just made."""
        logits = self.backend.last_logits()
        return logits.top_gaps() if logits.finite() else [math.nan]

    @staticmethod
    def chosen(tokens, scores):
        if not all(math.isfinite(value) for values in scores.values() for value in values):
            raise Refused("invalid_output", "a logit is NaN or infinite")
        return {"type": "chosen", "tokens": tokens, **scores}

    def answer(self, line):
        """The reply; None to a shutdown."""
        request = json.loads(line)
        if not isinstance(request, dict) or not isinstance(request.get("type"), str):
            raise Refused("error", "a request must be a JSON object with a string field 'type'")
        kind = request.pop("type")
        if kind not in FIELDS:
            raise Refused("error", f"unknown request type '{kind}'; protocol {PROTOCOL} has {', '.join(FIELDS)}")
        request = read_fields(request, FIELDS[kind], kind)
        if kind == "shutdown":
            return None
        if kind not in ("hello", "load") and not self.backend:
            raise Refused("error", f"'{kind}' came before a successful load")
        return getattr(self, kind)(request)


def error_reply(problem):
    if isinstance(problem, Refused):
        return {"type": "error", "outcome": problem.outcome, "message": str(problem)}
    outcome = "out_of_memory" if out_of_memory(problem) else "error"
    return {"type": "error", "outcome": outcome, "message": f"{type(problem).__name__}: {first_line(problem)}"}


def serve(make_backend):
    """Runs until shutdown or the end of stdin. Whatever a library prints goes to stderr: descriptor 1 leads there."""
    if len(sys.argv) > 1:
        sys.exit(f"{sys.argv[0]} is a worker of inferscale: it takes no arguments and speaks the protocol of "
                 "docs/reference/protocol.md over stdin and stdout")
    replies = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    session = Session(make_backend)
    for line in sys.stdin:
        try:
            reply = session.answer(line)
        except Exception as problem:  # whatever a runtime throws is the cell's error, not the worker's end
            reply = error_reply(problem)
        if reply is None:
            break
        replies.write(json.dumps(reply) + "\n")
    replies.flush()
    os._exit(0)  # a runtime's clean-up takes seconds, and its threads may outlive the interpreter
