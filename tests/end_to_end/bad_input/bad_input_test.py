#!/usr/bin/env python3
"""What users get wrong with models, plans and names: one sentence that says what to do, exit code 2, nothing waits for ever, and
nothing that a name holds reaches the terminal as a command. Usage: bad_input_test.py INFERSCALE"""
import json
import os
import struct
import subprocess

from program import PROGRAM, SMALL_MODEL, ProgramTest, main

CONFIG = {"model_type": "gpt2", "n_layer": 1, "n_embd": 8, "n_head": 2, "n_positions": 32, "vocab_size": 61}
SHAPES = {"wte.weight": [61, 8], "wpe.weight": [32, 8], "ln_f.weight": [8], "ln_f.bias": [8]}
SHAPES |= {f"h.0.{name}": shape for name, shape in {
    "ln_1.weight": [8], "ln_1.bias": [8], "attn.c_attn.weight": [8, 24], "attn.c_attn.bias": [24],
    "attn.c_proj.weight": [8, 8], "attn.c_proj.bias": [8], "ln_2.weight": [8], "ln_2.bias": [8],
    "mlp.c_fc.weight": [8, 32], "mlp.c_fc.bias": [32], "mlp.c_proj.weight": [32, 8], "mlp.c_proj.bias": [8]}.items()}


def safetensors(shapes, value=0.01):
    header, data = {}, b""
    for name, shape in shapes.items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * count]}
        data += struct.pack(f"<{count}f", *([value] * count))
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


class BadInput(ProgramTest):
    def model_folder(self, name, shapes=None, value=0.01):
        folder = self.folder / name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps(CONFIG))
        (folder / "model.safetensors").write_bytes(safetensors(shapes or SHAPES, value))
        return folder

    def refused(self, *arguments):
        """The one line on stderr."""
        done = self.run_program(*arguments, code=2)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def folder_as_input(self):
        descriptor = os.open(self.folder, os.O_RDONLY)
        self.addCleanup(os.close, descriptor)
        return descriptor

    def every_command(self, model):
        yield "export", model, "-o", "graph.onnx"
        yield "study", "--models", model, "--backends", "onnxruntime-cpu", "--label", "a"
        yield "bench", model, "--backend", "onnxruntime-cpu"
        yield "perplexity", model, "--backend", "onnxruntime-cpu", "--corpus", "corpus.txt"
        yield "crossover", "onnxruntime-cpu", "null-cpu", "--models", f"{model},gpt2"

    def test_every_command_says_what_a_folder_is(self):
        (self.folder / "corpus.txt").write_text("a line of text\n")
        (self.folder / "lora").mkdir()
        (self.folder / "lora/adapter_config.json").write_text("{}")
        for model, hint in (("owner/name", "hf download owner/name"), ("./none", "there is no folder './none'"),
                            ("lora", "LoRA adapter")):
            for command in self.every_command(model):
                self.assertIn(hint, self.refused(*command), command)

    def test_a_fifo_never_hangs(self):
        for file in ("config.json", "model.safetensors"):
            folder = self.model_folder(f"fifo-{file}")
            (folder / file).unlink()
            os.mkfifo(folder / file)
            self.assertIn(file, self.refused("export", folder.name, "-o", "graph.onnx"))
        folder = self.model_folder("tokens")
        os.mkfifo(folder / "tokenizer.json")
        (self.folder / "corpus.txt").write_text("a line of text\n")
        done = self.refused("study", "--models", "tokens", "--backends", "null-cpu", "--corpus", "corpus.txt", "--label", "a")
        self.assertIn("tokenizer.json': it is a FIFO", done)

    def test_config_and_weights_that_disagree(self):
        self.model_folder("wide", SHAPES | {"h.0.mlp.c_fc.weight": [8, 40]})
        self.assertIn("'h.0.mlp.c_fc.weight' has shape [8, 40], but the model's is [8, 32]",
                      self.refused("export", "wide", "-o", "graph.onnx"))
        self.assertFalse((self.folder / "graph.onnx").exists())

    def test_a_name_that_no_graph_can_have(self):
        os.mkfifo(self.folder / "fifo")
        (self.folder / "link").symlink_to("target")
        (self.folder / "taken.json").mkdir()
        (self.folder / "taken").write_text("before")
        for name, code, hint in (("-", 2, "cannot go to stdout"), ("link", 2, "'link' is a symbolic link"),
                                 ("fifo", 1, "'fifo': it is a device, a FIFO or a socket"), ("taken", 1, "'taken.json': it is a folder")):
            done = self.run_program("export", SMALL_MODEL, "-o", name, code=code)
            self.assertIn(hint, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertEqual((self.folder / "taken").read_text(), "before")
        self.assertTrue((self.folder / "fifo").is_fifo())

    def test_weights_that_fp16_cannot_hold_cost_their_rows_alone(self):
        self.model_folder("large", value=7e4)
        self.run_program("study", "./large", SMALL_MODEL, "--backends", "onnxruntime-cpu,onnxruntime-cpu-fp16", "--scenarios",
                         "s:batch=1,prompt=4", "--modes", "prefill", "--repetitions", "1", "--label", "test", code=(0, 1))
        outcomes = {(row["model"], row["backend"]): (row["outcome"], row["error"] or "") for row in self.rows()}
        self.assertEqual(len(outcomes), 4)
        outcome, error = outcomes.pop(("large", "onnxruntime-cpu-fp16"))
        self.assertEqual(outcome, "unsupported")
        self.assertIn("fp16 (at most 65504) cannot hold", error)
        self.assertEqual({outcome for (model, _), (outcome, _) in outcomes.items() if model != "large"}, {"ok"})

    def test_folders_of_one_name(self):
        for run in "12":
            self.model_folder(f"runs{run}/checkpoint")
        command = ["study", "--backends", "null-cpu", "--scenarios", "single_micro", "--modes", "prefill", "--repetitions", "1",
                   "--label", "test", "--models"]
        said = self.refused(*command, "runs1/checkpoint,runs2/checkpoint")
        self.assertIn("'runs1/checkpoint' and 'runs2/checkpoint' are both called 'checkpoint'", said)
        self.run_program(*command, f"one=runs1/checkpoint,{SMALL_MODEL},two=runs2/checkpoint")
        self.assertEqual({row["model"] for row in self.rows()} - {"one", "two"}, {"gpt2:layers=1,hidden=16,heads=2,vocabulary=61"})

    def test_typing_errors(self):
        for command, guess in ((["stdy"], "did you mean 'study'?"), (["study", "--repetition", "3"], "did you mean '--repetitions'?"),
                               (["study", "--backends", "nul-cpu", "--models", SMALL_MODEL, "--label", "a"], "'null-cpu'?"),
                               (["study", "--scenarios", "single_micr"], "'single_micro'?"), (["study", "--preset", "quik"], "'quick'?")):
            self.assertIn(guess, self.refused(*command))
        self.write_plan()
        plan = json.loads((self.folder / "plan.json").read_text())
        (self.folder / "plan.json").write_text(json.dumps(plan | {"repetition": 2}))
        self.assertIn("unknown field 'repetition'; did you mean 'repetitions'?", self.refused("study", "--plan", "plan.json"))

    def test_a_plan_from_a_pipe(self):
        self.write_plan(backends=["null-cpu"], name="piped")
        plan = (self.folder / "plan.json").read_text()
        os.mkfifo(self.folder / "fifo")
        self.assertIn("nobody writes to it", self.refused("study", "--plan", "fifo", "--dry-run"))
        expected = self.run_program("study", "--plan", "plan.json", "--dry-run").stdout
        self.assertEqual(self.run_program("study", "--plan", "-", "--dry-run", stdin=plan).stdout, expected)
        for text, said in (("{", "standard input: not valid JSON"), ('{"models": 1}', "standard input: field 'models' must be a list")):
            done = self.run_program("study", "--plan", "-", "--dry-run", stdin=text, code=2)
            self.assertTrue(done.stderr.startswith(f"inferscale: {said}"), done.stderr)
        done = subprocess.run([PROGRAM, "study", "--plan", "-", "--dry-run"], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, stdin=self.folder_as_input())
        self.assertEqual(done.stderr, "inferscale: cannot read standard input: Is a directory\n")
        done = subprocess.run(["bash", "-c", '"$0" study --plan <(sleep 1.5; cat plan.json) --dry-run', PROGRAM],
                              cwd=self.folder, env=self.environment, capture_output=True, text=True)
        self.assertEqual((done.stdout, done.stderr), (expected, ""))

    def test_a_plan_without_end(self):
        self.assertIn("more than 16 MiB", self.refused("study", "--plan", "/dev/zero", "--dry-run"))

    def test_control_characters_reach_no_terminal(self):
        name = "red\x1b[31m\u009b31m"
        self.write_plan(scenarios=[{"name": name, "batch": 1, "prompt_tokens": 8}], backends=["null-cpu", "openvino-cpu"],
                        device="cpu", repetitions=2)
        said = self.run_program("study", "--plan", "plan.json", "--dry-run").stdout.split("\n}\n")[1]
        self.assertIn("red?[31m?31m", said)
        done = self.run_program("study", "--plan", "plan.json", "--backends", "null-cpu", "--label", "test")
        shown = [done.stdout, done.stderr, self.run_program("compare", "results/test", "results/test", code=(0, 3)).stdout,
                 self.run_program("recommend", "results/test", code=1).stdout,  # null-cpu is no answer
                 (self.folder / "results/test/failures.md").read_text()]
        for text in shown:
            self.assertNotIn("\x1b", text)
            self.assertNotIn("\u009b", text)

    def test_a_folder_with_a_comma(self):
        self.model_folder("a,b")
        done = self.run_program("study", "./a,b", "--backends", "null-cpu", "--dry-run", "--json")
        self.assertEqual(json.loads(done.stdout)["plan"]["models"], ["./a,b"])

    def test_a_report_leaves_other_folders_alone(self):
        """Pictures of an earlier report go, those of others stay, and nothing is written through a link."""
        self.write_plan(backends=["null-cpu"], repetitions=2)
        self.run_program("study", "--plan", "plan.json")
        plots = self.folder / "results/test/plots"
        plots.mkdir()
        for name in ("throughput-prefill-gone.svg", "mine.svg"):
            (plots / name).write_text("<svg/>")
        self.run_program("report", "results/test")
        self.assertFalse((plots / "throughput-prefill-gone.svg").exists())
        self.assertTrue((plots / "mine.svg").exists())
        for command, linked in (("report", "plots"), ("analyze", "processed")):
            place = self.folder / "results/test" / linked
            place.rename(self.folder / f"kept-{linked}")
            (self.folder / "elsewhere").mkdir()
            (self.folder / "elsewhere/throughput-mine.svg").write_text("<svg/>")
            place.symlink_to(self.folder / "elsewhere")
            done = self.run_program(command, "results/test", code=1)
            self.assertIn(f"results/test/{linked}': it is a symbolic link", done.stderr)
            self.assertEqual([file.name for file in (self.folder / "elsewhere").iterdir()], ["throughput-mine.svg"])
            place.unlink()
            (self.folder / "elsewhere").rename(self.folder / f"looked-at-{linked}")
            (self.folder / f"kept-{linked}").rename(place)

    def test_a_percent_sign_is_a_percent_sign(self):
        self.write_plan(scenarios=[{"name": "50%load %s%n", "batch": 1, "prompt_tokens": 8}], repetitions=2)
        self.run_program("study", "--plan", "plan.json", "--with-report")
        self.assertIn("50%load", (self.folder / "results/test/report.md").read_text())


main()
