"""What the end-to-end tests share: running `inferscale` in a folder of their own, reading what it left, and looking for
processes that it left behind. Used by the folders beside this one; each test's first argument is the program."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

PROGRAM = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
# A model of which an export takes milliseconds; its vocabulary is what makes logits cheap.
SMALL_MODEL = "gpt2:layers=1,hidden=16,heads=2,vocabulary=61,positions=1024"
TIMEOUT_S = 300
TAG = "INFERSCALE_TEST_TAG"


class ProgramTest(unittest.TestCase):
    """A folder that is gone at the end, and an environment whose tag every process below the program carries."""

    workers = ""  # folders for $INFERSCALE_WORKER_PATH

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="inferscale-test-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.tag = uuid.uuid4().hex
        self.environment = {**os.environ, TAG: self.tag, "INFERSCALE_WORKER_PATH": self.workers}

    def start(self, *arguments):
        program = subprocess.Popen([PROGRAM, *arguments], cwd=self.folder, env=self.environment, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(program.communicate)
        self.addCleanup(program.kill)  # a test that failed half-way; cleanups run from the last to the first
        return program

    def wait_until(self, condition, program, what):
        """Fails when the program ends first."""
        deadline = time.monotonic() + TIMEOUT_S
        while not condition():
            self.assertIsNone(program.poll(), "it ended")
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)

    def run_program(self, *arguments, code=0, stdin=None):
        """Runs to the end, and fails unless it gives this exit code, or one of these. `stdin`: text."""
        done = subprocess.run([PROGRAM, *arguments], cwd=self.folder, env=self.environment, capture_output=True,
                              text=True, timeout=TIMEOUT_S, input=stdin)
        self.assertIn(done.returncode, code if isinstance(code, tuple) else (code,), f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def write_plan(self, **fields):
        """plan.json: as little as a study can be, but for what is given."""
        plan = {"models": [SMALL_MODEL], "backends": ["null-cpu"], "scenarios": ["single_micro"], "modes": ["prefill"],
                "repetitions": 1, "warmup_iterations": 1, "label": "test",
                "stop": {"min_iterations": 2, "max_iterations": 10, "max_s": 0.01}, **fields}
        (self.folder / "plan.json").write_text(json.dumps(plan))

    def raw(self):
        """Each raw file's bytes."""
        return {file.name: file.read_bytes() for file in (self.folder / "results/test/raw").glob("*.jsonl")}

    def rows(self):
        return [json.loads(line) for content in self.raw().values() for line in whole_lines(content).splitlines()]

    def assert_nothing_is_left_running(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            left = tagged_processes(self.tag)
            if not left:
                return
            time.sleep(0.02)
        self.fail(f"still running: {left}")


def write_byte_tokenizer(folder):
    """GPT-2's alphabet alone: 256 tokens, one a byte (those that are not printable stand for others), and no merges."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    symbols = [chr(byte) for byte in printable] + [chr(256 + i) for i in range(len(others))]
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps({symbol: i for i, symbol in enumerate(symbols)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")


def write_llama_folder(test, name):
    """A folder as people have one, of a Llama small enough to measure in milliseconds: weights from a seed, a tokenizer of bytes."""
    config = {"model_type": "llama", "num_hidden_layers": 1, "hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2,
              "intermediate_size": 96, "vocab_size": 256, "max_position_embeddings": 512, "rms_norm_eps": 1e-5,
              "tie_word_embeddings": True}
    shape = "llama:layers=1,hidden=64,heads=4,kv_heads=2,inner=96,vocabulary=256,positions=512"
    test.run_program("export", shape, "-o", "made.onnx", "--artifacts", "made")
    folder = test.folder / name
    write_byte_tokenizer(folder)
    (folder / "config.json").write_text(json.dumps(config))
    next(test.folder.glob("made/*/weights/*.safetensors")).rename(folder / "model.safetensors")


def whole_lines(content):
    return content[:content.rfind(b"\n") + 1]


def name_of(row):
    return f"{row['model']} {row['backend']} {row['scenario']} {row['mode']} #{row['repetition'] + 1}"


def tagged_processes(tag):
    """Processes that carry the tag in their environment. Those that have ended and wait for a parent have none."""
    found = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if f"{TAG}={tag}".encode() in (entry / "environ").read_bytes():
                found[entry.name] = (entry / "cmdline").read_bytes()
        except OSError:
            pass
    return found


def main():
    if PROGRAM is None:
        sys.exit("the program to test is the first argument")
    unittest.main(argv=[sys.argv[0]], verbosity=2)
