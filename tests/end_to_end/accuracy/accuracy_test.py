#!/usr/bin/env python3
"""Gates end to end: a graph with one transposed weight fails and the study exits 1, the same worker with the right graph
passes; perplexity on a corpus; bad corpora and tokenizers. Usage: accuracy_test.py INFERSCALE. Exit code 77: skipped, for the
ONNX Runtime worker was not built."""
import csv
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

from program import write_byte_tokenizer

HERE = pathlib.Path(__file__).resolve().parent
MODEL = HERE.parents[1] / "golden" / "parity" / "three-layers"
BROKEN_WEIGHT = "transformer.h.1.attn.c_proj.weight"
PROGRAM = pathlib.Path(sys.argv[1]).resolve()
BEHIND = PROGRAM.parent / "inferscale-worker-onnxruntime"


def check(condition, what):
    if not condition:
        sys.exit(f"accuracy_test: {what}")


def transpose_one(file):
    """In a safetensors file, in place: a square weight is replaced by its transpose."""
    data = bytearray(file.read_bytes())
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + size])
    name = BROKEN_WEIGHT if BROKEN_WEIGHT in header else BROKEN_WEIGHT.removeprefix("transformer.")
    rows, columns = header[name]["shape"]
    check(rows == columns and header[name]["dtype"] == "F32", f"{name} is not a square of floats")
    begin = 8 + size + header[name]["data_offsets"][0]
    values = struct.unpack_from(f"<{rows * columns}f", data, begin)
    turned = [values[column * columns + row] for row in range(rows) for column in range(columns)]
    struct.pack_into(f"<{rows * columns}f", data, begin, *turned)
    file.write_bytes(data)


class Place:
    """A folder with everything that the runs need."""

    def __init__(self, folder):
        self.folder = folder
        self.log = folder / "loads.log"
        self.unavailable = ""  # why broken-cpu cannot run
        broken = folder / "broken"
        shutil.copytree(MODEL, broken)
        transpose_one(broken / "model.safetensors")
        self.graph = folder / "broken.onnx"
        self.run("export", broken, "--logits", "last", "-o", self.graph, code=0)
        worker = folder / "workers" / "inferscale-worker-broken"
        worker.parent.mkdir()
        worker.write_text(f"#!/bin/sh\nexec {sys.executable} {HERE / 'broken_worker.py'}\n")
        worker.chmod(0o755)

    def run(self, *arguments, code, graph=""):
        environment = {**os.environ, "INFERSCALE_WORKER_PATH": str(self.folder / "workers"), "BROKEN_GRAPH": str(graph),
                       "BROKEN_BEHIND": str(BEHIND), "BROKEN_LOG": str(self.log),
                       "BROKEN_UNAVAILABLE": self.unavailable}
        done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=self.folder, env=environment, capture_output=True, text=True)
        check(done.returncode == code, f"{arguments} exited {done.returncode}, not {code}:\n{done.stdout}{done.stderr}")
        return done

    def study(self, label, *more, code, graph=""):
        self.run("study", "--models", MODEL, "--scenarios", "single_micro", "--modes", "prefill", "--repetitions", "2",
                 "--backends", "onnxruntime-cpu,broken-cpu", "--label", label, "--with-report", "--quiet", *more,
                 code=code, graph=graph)
        folder = self.folder / "results" / label
        quality = json.loads((folder / "quality.json").read_text())["results"]
        return folder, {one["backend"]: one for one in quality}

    def loads(self):
        return len(self.log.read_text().splitlines())


def test_broken_graph(place):
    folder, gates = place.study("broken", code=1, graph=place.graph)
    check(gates["onnxruntime-cpu"]["gate"] == "passed", "the reference did not pass")
    check(gates["broken-cpu"]["gate"] == "failed", "a transposed weight passed its gate")
    check("relative error" in gates["broken-cpu"]["reason"], f"the reason is {gates['broken-cpu']['reason']}")
    decision = json.loads((folder / "processed" / "decision.json").read_text())["decisions"][0]
    left_out = {one["backend"]: one["reason"] for one in decision["left_out"]}
    check("accuracy gate failed" in left_out.get("broken-cpu", ""), f"left out: {left_out}")
    check(all("broken-cpu" not in json.dumps([line["winner"], line["tied_with"], line["runner_up"]]) for line in decision["lines"]),
          "a backend that failed is in the decision")
    check(json.loads((folder / "processed" / "crossover.json").read_text())["crossovers"] == [], "it is in a crossover")
    check(json.loads((folder / "processed" / "overall.json").read_text())["comparisons"] == [], "it is in a comparison")
    check("broken-cpu" in (folder / "failures.md").read_text(), "it is not in failures.md")
    report = (folder / "report.md").read_text()
    check("## Accuracy" in report and "relative error of its logits" in report, "the report does not say why")
    before = place.loads()
    place.study("broken", code=1, graph=place.graph)
    check(place.loads() == before, "what was measured was measured again")
    # Resumed where the backend is not there any more, its rows are no better than they were.
    place.unavailable = "uninstalled"
    folder, gates = place.study("broken", code=1, graph=place.graph)
    place.unavailable = ""
    check(gates.get("broken-cpu", {}).get("gate") == "failed", f"its failed gate is forgotten: {gates}")
    decision = json.loads((folder / "processed" / "decision.json").read_text())["decisions"][0]
    check("broken-cpu" in {one["backend"] for one in decision["left_out"]}, f"it is in the decision: {decision}")


def test_nothing_can_run(place):
    place.unavailable = "uninstalled"
    done = place.run("study", "--models", MODEL, "--scenarios", "single_micro", "--modes", "prefill", "--repetitions", "1",
                     "--backends", "broken-cpu", "--label", "nothing", code=1)
    place.unavailable = ""
    check("nothing could be measured" in done.stderr, f"it does not say so: {done.stderr}")


def test_no_worker_starts(place):
    """Accuracy that nobody could measure is no gate that failed."""
    done = place.run("study", "--models", MODEL, "--scenarios", "single_micro", "--modes", "prefill", "--repetitions", "1",
                     "--backends", "onnxruntime-cpu", "--label", "no-memory", "--memory-limit", "1", code=1)
    check("the accuracy of 1 backend could not be measured" in done.stdout, f"it does not say so: {done.stdout}")
    check("gate" not in done.stdout and "gate" not in done.stderr, f"it speaks of a gate: {done.stdout}{done.stderr}")
    quality = json.loads((place.folder / "results/no-memory/quality.json").read_text())["results"]
    check([one["gate"] for one in quality] == ["not_measured"], f"{quality}")


def test_right_graph(place):
    folder, gates = place.study("right", code=0)
    check({one["gate"] for one in gates.values()} == {"passed"}, f"gates: {gates}")
    check(gates["broken-cpu"]["parity"]["relative_error"] == 0, "the same graph in the same runtime differs")
    check(len(json.loads((folder / "processed" / "overall.json").read_text())["comparisons"]) == 1, "they are not compared")


def test_perplexity(place):
    model = "gpt2:layers=1,hidden=16,heads=2,vocabulary=300,positions=24"
    write_byte_tokenizer(place.folder / "bytes")
    lines = ["  A line. ", "", "x", "another, longer line that is cut to 24 bytes", "äö"]
    (place.folder / "corpus.txt").write_text("\r\n".join(lines), encoding="utf-8")
    tokens = sum(min(len(line.strip().encode()), 24) - 1 for line in lines if line.strip())
    common = ["--corpus", "corpus.txt", "--tokenizer", "bytes"]
    for batching in ("length", "order"):
        done = place.run("perplexity", model, "--backend", "broken-cpu", *common, "--batching", batching, "--json", code=0)
        result = json.loads(done.stdout)
        check([one["tokens"] for one in result["backends"]] == [tokens, tokens], f"{done.stdout} is not of {tokens} tokens")
        check(result["weights"] == "random", f"weights from a seed are not said to be random: {done.stdout}")
        check(250 < result["backends"][0]["perplexity"] < 350, "random weights do not find 300 tokens alike")
        check(abs(result["change"]) < 1e-6 and result["gate"] == "passed", f"it is not its own reference: {done.stdout}")
    table = place.run("perplexity", model, "--backend", "onnxruntime-cpu", *common, code=0).stdout
    check(table.startswith(f"{model}, random weights\n"), f"the table is {table}")
    check("perplexity" in table and f" {tokens} " in table, f"the table is {table}")
    row = next(line.split() for line in table.splitlines() if line.startswith("onnxruntime-cpu "))
    least, most = row[-4:-2]
    check(all(re.fullmatch(r"-\d\.\d{3,5}", figure) for figure in (least, most)), f"min and max are {least} and {most}: {table}")
    label = "corpus"
    place.run("study", "--models", model, "--scenarios", "single_micro", "--modes", "prefill", "--repetitions", "1",
              "--backends", "onnxruntime-cpu,broken-cpu", "--label", label, "--quiet", "--with-report", *common, code=0)
    check("(random)" in (place.folder / "results" / label / "report.md").read_text(), "the report does not say that weights are random")
    files = list((place.folder / "results" / label).glob("*/processed/perplexity_results.csv"))
    check(len(files) == 1, f"perplexity_results.csv: {files}")
    with files[0].open(newline="") as file:
        rows = list(csv.DictReader(file))
    check({row["weights"] for row in rows} == {"random"}, f"the file has {rows}")
    check({(row["backend"], row["gate"], row["tokens"]) for row in rows} ==
          {("onnxruntime-cpu", "passed", str(tokens)), ("broken-cpu", "passed", str(tokens))}, f"the file has {rows}")


def test_kept_reference(place):
    """The reference's perplexity is kept in the artifact store. With workers side by side it is measured ahead, and so are
    the checks of backends without calibration, once."""
    model = "gpt2:layers=1,hidden=16,heads=2,vocabulary=300,positions=24"
    plan = ["--models", model, "--scenarios", "single_micro", "--modes", "prefill", "--repetitions", "1", "--backends",
            "onnxruntime-cpu,broken-cpu,onnxruntime-cpu-int8", "--corpus", "corpus.txt", "--tokenizer", "bytes", "--artifacts", "kept"]
    logs, results = [], []
    loads = place.loads()
    for label in ("first", "second", "second"):  # the third finds everything
        logs.append(place.run("study", *plan, "--label", label, "--parallel-loads", "2", code=0).stderr)
        folder = place.folder / "results" / label
        results.append(json.loads((folder / "quality.json").read_text())["results"])
        files = [one["path"] for one in json.loads((folder / "manifest.json").read_text())["artifacts"]]
        check(sum("/perplexity/onnxruntime-cpu-" in path for path in files) == 1, f"the manifest lists {files}")
    check("while nothing is timed" in logs[0] and logs[0].index("while nothing is timed") < logs[0].index("3/3 repetitions"),
          f"not ahead: {logs[0]}")
    check("while nothing is timed" not in logs[1], f"measured again, or said to be: {logs[1]}")
    for log in logs[:2]:
        check(log.index("3/3 checks of accuracy") < log.index("3/3 repetitions"), f"accuracy was not checked first: {log}")
    check(place.loads() - loads == 4, f"{place.loads() - loads} loads for a repetition and a check in each of two studies")
    check(results[1] == results[2], "a resumed study measured accuracy again: its seconds differ")
    reference = [next(one for one in result if one["backend"] == "onnxruntime-cpu") for result in results]
    check(reference[0]["gate"] == reference[1]["gate"] == "passed", f"{reference}")
    check(reference[0]["perplexity"] == reference[1]["perplexity"], "measured again: its seconds differ")
    other = next(one for one in results[1] if one["backend"] == "broken-cpu")
    check(other["reference_perplexity"] == reference[0]["perplexity"]["perplexity"], f"held against another: {other}")


def test_bad_input(place):
    model = "gpt2:layers=1,hidden=16,heads=2,vocabulary=300,positions=24"
    files = {"empty.txt": b"", "binary.txt": b"abc\0def", "short.txt": b"a\nb\n", "latin1.txt": b"caf\xe9"}
    words = {"empty.txt": "empty", "binary.txt": "binary", "short.txt": "too short", "latin1.txt": "UTF-8",
             "missing.txt": "missing.txt"}
    for name, content in files.items():
        (place.folder / name).write_bytes(content)
    for name, word in words.items():
        done = place.run("perplexity", model, "--backend", "onnxruntime-cpu", "--corpus", name, "--tokenizer", "bytes", code=2)
        check(word in done.stderr, f"{name}: {done.stderr}")
    done = place.run("perplexity", MODEL, "--backend", "onnxruntime-cpu", "--corpus", "corpus.txt", "--tokenizer", "bytes", code=2)
    check("97" in done.stderr and "another model" in done.stderr, f"a tokenizer that does not fit: {done.stderr}")
    done = place.run("perplexity", model, "--backend", "onnxruntime-cpu", "--corpus", "corpus.txt", code=2)
    check("--tokenizer" in done.stderr, f"no tokenizer: {done.stderr}")
    (place.folder / "other").mkdir()
    (place.folder / "other" / "tokenizer.json").write_text('{"model": {"type": "Unigram", "vocab": []}}')
    done = place.run("perplexity", model, "--backend", "onnxruntime-cpu", "--corpus", "corpus.txt", "--tokenizer", "other", code=2)
    check("Unigram" in done.stderr, f"another family: {done.stderr}")


def main():
    if not BEHIND.exists():
        print("skipped: the ONNX Runtime worker was not built")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        place = Place(pathlib.Path(folder))
        test_broken_graph(place)
        test_nothing_can_run(place)
        test_no_worker_starts(place)
        test_right_graph(place)
        test_perplexity(place)
        test_kept_reference(place)
        test_bad_input(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
