#!/usr/bin/env python3
"""`inferscale export` gives a graph that ONNX Runtime runs at any batch and at any length up to the model's positions, and
at no other. Usage: exported_graph_test.py INFERSCALE WORKER_OF_ONNX_RUNTIME"""
import array
import json
import subprocess
import sys

from program import SMALL_MODEL, ProgramTest, main

WORKER = sys.argv[2]
VOCABULARY, POSITIONS = 61, 1024
LENGTHS, BATCHES = (1, 2, 1023, 1024), (1, 3)


class ExportedGraph(ProgramTest):
    def ask(self, **request):
        self.worker.stdin.write(json.dumps(request) + "\n")
        self.worker.stdin.flush()
        return json.loads(self.worker.stdout.readline())

    def start_worker(self, scope):
        self.worker = subprocess.Popen([WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.worker.communicate)
        self.addCleanup(self.worker.kill)
        graph = self.folder / f"{scope}.onnx"
        self.run_program("export", SMALL_MODEL, "--logits", scope, "-o", graph)
        loaded = self.ask(type="load", backend="onnxruntime-cpu", artifact=str(graph), weights="", logits=scope, threads=1,
                          cpus=[], vocabulary=VOCABULARY, max_positions=10 * POSITIONS, seed=118, options={})
        self.assertEqual(loaded["type"], "loaded", loaded)

    def logits(self, batch, length):
        """A reply, and for each sequence its floats. Sequences of one batch differ; those of two lengths begin alike."""
        file = self.folder / "logits"
        tokens = [[(7 * i + 13 * row) % VOCABULARY for i in range(length)] for row in range(batch)]
        reply = self.ask(type="logits", tokens=tokens, file=str(file))
        if reply["type"] != "logits":
            return reply, None
        values = array.array("f", file.read_bytes())
        each = len(values) // batch
        return reply, [values[row * each:(row + 1) * each] for row in range(batch)]

    def assert_close(self, left, right):
        largest = max(map(abs, right))
        self.assertLess(max(abs(a - b) for a, b in zip(left, right, strict=True)), 1e-4 * largest)

    def test_all_logits(self):
        self.start_worker("all")
        whole = self.logits(3, POSITIONS)[1]
        for length in LENGTHS:
            for batch in BATCHES:
                reply, sequences = self.logits(batch, length)
                self.assertEqual(reply["shape"], [batch, length, VOCABULARY])
                for row, values in enumerate(sequences):
                    # Causal: what comes later, or in another row, changes nothing.
                    self.assert_close(values, whole[row][:length * VOCABULARY])
        self.assertNotEqual(whole[0], whole[1])
        self.check_too_long()

    def test_last_logits(self):
        self.start_worker("last")
        for length in LENGTHS:
            single = self.logits(1, length)[1][0]
            for batch in BATCHES:
                reply, sequences = self.logits(batch, length)
                self.assertEqual(reply["shape"], [batch, 1, VOCABULARY])
                self.assert_close(sequences[0], single)
        self.check_too_long()

    def check_too_long(self):
        """The worker was told of more positions than there are, so that the graph is what refuses."""
        reply, _ = self.logits(1, POSITIONS + 1)
        self.assertEqual(reply["type"], "error", "the graph took more tokens than the model has positions")


main()
