#!/usr/bin/env python3
"""`inferscale generate` on a small model with random weights and a vocabulary of bytes: text comes out token by token, is
UTF-8 whatever the tokens are, and wrong usage is refused before anything is made. Usage: generate_test.py INFERSCALE"""
import json
import re
import signal
import struct
import subprocess

from program import PROGRAM, ProgramTest, main, write_byte_tokenizer, write_llama_folder

# One token, and then no more.
STUCK_WORKER = """#!/usr/bin/env python3
import json, sys, time
backend = {"name": "stuck-cpu", "device": "cpu", "precision": "fp32", "artifact": "none"}
replies = {"hello": {"protocol": 1, "minor": 1, "worker": "stuck", "runtime": "none", "runtime_version": "1", "backends": [backend],
                     "can": ["decode", "steps"]},
           "loaded": {"load_s": 0.1, "prepare_s": 0, "memory_mb": 1, "threads": 1, "cpus": [0], "details": {}},
           "chosen": {"tokens": [65]}}
names = {"hello": "hello", "load": "loaded", "start": "chosen"}
for line in sys.stdin:
    kind = json.loads(line)["type"]
    if kind == "shutdown":
        break
    if kind == "step":
        time.sleep(600)
    print(json.dumps({"type": names[kind], **replies[names[kind]]}), flush=True)
"""
MODEL_TOKENS = 256
MODEL = f"gpt2:layers=2,hidden=32,heads=2,vocabulary={MODEL_TOKENS},positions=64"


class Generate(ProgramTest):
    def setUp(self):
        super().setUp()
        write_byte_tokenizer(self.folder / "bytes")

    def generate(self, *options, code=0, model=MODEL, backend="onnxruntime-cpu"):
        done = subprocess.run([PROGRAM, "generate", model, "--backend", backend, "--tokenizer", "bytes", *options],
                              cwd=self.folder, env=self.environment, capture_output=True, timeout=300)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done.stdout.decode(), done.stderr.decode()  # strict: all of it is UTF-8

    def test_says_the_text_and_then_the_speed(self):
        text, speed = self.generate("--prompt", "abc", "--max-new-tokens", "12")
        self.assertTrue(text.endswith("\n") and len(text) > 1, text)
        self.assertRegex(speed.splitlines()[-1], r"^12 tokens, the first after \d+ ms, then [\d.]+ tokens/s$")
        self.assertEqual(self.generate("--prompt", "abc", "--max-new-tokens", "12")[0], text)
        shorter = self.generate("--prompt", "abc", "--max-new-tokens", "5")[0]
        self.assertTrue(text.startswith(shorter.rstrip("\n\ufffd")), (text, shorter))

    def test_a_worker_in_python_says_the_same_text(self):
        found = json.loads(self.run_program("backends", "--json").stdout)
        if not any(one["name"] == "transformers-cpu" and one["available"] for one in found):
            self.skipTest("transformers-cpu cannot run here: python3 has no torch or transformers")
        options = ("--prompt", "abc", "--max-new-tokens", "12")
        self.assertEqual(self.generate(*options, backend="transformers-cpu")[0], self.generate(*options)[0])

    def test_refuses_more_than_the_model_has_places_for(self):
        _, error = self.generate("--prompt", "a" * 40, "--max-new-tokens", "26", code=2)
        self.assertIn("the prompt's 40 and the 26 new tokens need 65 positions, and the model has 64", error)
        self.assertFalse((self.folder / "artifacts").exists())
        _, error = self.generate("--prompt", "a" * 100, "--max-new-tokens", "1", code=2)
        self.assertIn("the prompt's 100 and the 1 new tokens", error)

    def test_takes_as_many_tokens_as_decode_does(self):
        """The last new token is in no pass, so it needs no place."""
        for prompt in (1, 40, 64):
            with self.subTest(prompt):
                new = str(64 - prompt + 1)
                _, speed = self.generate("--prompt", "a" * prompt, "--max-new-tokens", new)
                self.assertTrue(speed.splitlines()[-1].startswith(f"{new} tokens, "), speed)
                self.run_program("bench", MODEL, "--backend", "onnxruntime-cpu", "--scenario", f"x:batch=1,prompt={prompt}", "--mode",
                                 "decode", "--new-tokens", new, "--max-seconds", "0.01")

    def test_refuses_a_prompt_without_tokens_and_a_model_without_a_tokenizer(self):
        _, error = self.generate("--prompt", "", code=2)
        self.assertIn("--prompt has no tokens", error)
        done = subprocess.run([PROGRAM, "generate", MODEL, "--backend", "onnxruntime-cpu", "--prompt", "a"], cwd=self.folder,
                              env=self.environment, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 2)
        self.assertIn("random weights and no tokenizer", done.stderr)

    def test_a_tokenizer_that_is_missing_or_of_another_model_is_wrong_usage(self):
        _, error = self.generate("--prompt", "a", model=MODEL.replace("256", "100"), code=2)
        self.assertIn("another model's tokenizer", error)
        (self.folder / "bytes/vocab.json").unlink()
        _, error = self.generate("--prompt", "a", code=2)
        self.assertIn("vocab.json: missing", error)

    def test_ids_that_the_tokenizer_lacks_are_passed_over(self):
        """A model's vocabulary may be padded beyond its tokenizer's."""
        padded = MODEL.replace("256", "2048")
        text, speed = self.generate("--prompt", "abc", "--max-new-tokens", "30", model=padded)
        self.assertTrue(speed.splitlines()[-1].startswith("30 tokens, "), speed)
        self.assertLess(len(text.encode()), 30)
        self.write_stuck_worker(token=MODEL_TOKENS)
        text, error = self.generate("--prompt", "abc", "--max-new-tokens", "9", backend="stuck-cpu", code=1)
        self.assertIn(f"the worker chose token {MODEL_TOKENS}, and the model has {MODEL_TOKENS}", error)

    def test_a_backend_without_steps_is_named(self):
        done = subprocess.run([PROGRAM, "generate", MODEL, "--backend", "null-cpu", "--tokenizer", "bytes", "--prompt", "a",
                               "--max-new-tokens", "4"],
                              cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 1)
        self.assertIn("worker 'null' cannot 'steps'", done.stderr)

    def test_weights_that_give_no_finite_logits_are_an_error(self):
        write_llama_folder(self, "huge")
        file = self.folder / "huge/model.safetensors"
        content = file.read_bytes()
        begin = 8 + int.from_bytes(content[:8], "little")
        first, last = json.loads(content[8:begin])["norm.weight"]["data_offsets"]
        huge = struct.pack("<f", 3e38) * ((last - first) // 4)
        file.write_bytes(content[:begin + first] + huge + content[begin + last:])
        text, error = self.generate("--prompt", "abc", "--max-new-tokens", "4", model="huge", code=1)
        self.assertEqual(text, "")
        self.assertIn("a logit is NaN or infinite", error)

    def test_a_timeout_names_the_limit_on_a_line_of_its_own(self):
        self.write_stuck_worker()
        text, error = self.generate("--prompt", "abc", "--max-new-tokens", "9", "--timeout", "2.5", backend="stuck-cpu", code=1)
        self.assertRegex(text, r"^([^\n]+\n)?$", "on a machine too busy to start a worker in that time there is no text")
        self.assertIn("was not done within the time limit of 2.5 s and was killed", error)

    def test_text_that_nobody_can_read_is_made_no_further(self):
        self.write_stuck_worker()  # a step would take ten minutes
        pipe_without_a_reader = "mkfifo pipe; exec 3<>pipe 4>pipe 3>&-; "
        for before, redirection, reason in (("", ">/dev/full", "No space left on device"), ("", ">&-", "Bad file descriptor"),
                                            (pipe_without_a_reader, ">&4", "Broken pipe")):
            with self.subTest(redirection):
                script = (f'{before}exec "$0" generate {MODEL} --backend stuck-cpu --tokenizer bytes --prompt abc --max-new-tokens 9 '
                          f'{redirection}')
                done = subprocess.run(["sh", "-c", script, PROGRAM], cwd=self.folder, env=self.environment, capture_output=True,
                                      text=True, timeout=300)
                self.assertEqual((done.returncode, done.stderr), (1, f"inferscale: cannot write to stdout: {reason}\n"))

    def test_an_interrupt_in_a_step_leaves_the_text_on_a_line_of_its_own(self):
        self.write_stuck_worker()
        program = self.start("generate", MODEL, "--backend", "stuck-cpu", "--tokenizer", "bytes", "--prompt", "abc",
                             "--max-new-tokens", "9")
        begin = program.stdout.read(1)
        program.send_signal(signal.SIGINT)
        rest, error = program.communicate(timeout=120)
        self.assertEqual(program.returncode, 130, error)
        self.assertRegex(begin + rest, r"^[^\n]+\n$")

    def write_stuck_worker(self, token=65):
        file = self.folder / "workers/inferscale-worker-stuck"
        file.parent.mkdir()
        file.write_text(STUCK_WORKER.replace("[65]", f"[{token}]"))
        file.chmod(0o755)
        self.environment["INFERSCALE_WORKER_PATH"] = str(file.parent)

    def test_an_interrupt_ends_it(self):
        long = "gpt2:layers=6,hidden=768,heads=12,vocabulary=256,positions=8192"
        with subprocess.Popen([PROGRAM, "generate", long, "--backend", "onnxruntime-cpu", "--tokenizer", "bytes", "--prompt",
                               "abc", "--max-new-tokens", "8000"], cwd=self.folder, env=self.environment,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
            self.assertTrue(program.stdout.read(1))  # the first character is there long before the last
            program.send_signal(signal.SIGINT)
            rest, error = program.communicate(timeout=120)
        self.assertEqual(program.returncode, 130, error)
        self.assertIn("the text so far is printed", error.decode())
        rest.decode()
        self.assert_nothing_is_left_running()


main()
