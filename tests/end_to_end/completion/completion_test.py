#!/usr/bin/env python3
"""`inferscale help`, the manual page, and shell completion: each knows every command and option that --help shows.
Shells that are not installed are left out."""
import re
import shutil
import subprocess

from program import PROGRAM, ProgramTest, main

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")


class Reference(ProgramTest):
    def commands(self):
        text = self.run_program("--help").stdout
        return re.findall(r"^  ([a-z]+)\b", text.split("Subcommands:")[1], re.MULTILINE)

    def test_help_says_what_the_option_says(self):
        self.assertEqual(self.run_program("help").stdout, self.run_program("--help").stdout)
        for command in self.commands():
            self.assertEqual(self.run_program("help", command).stdout, self.run_program(command, "--help").stdout)
        self.assertIn("did you mean 'study'", self.run_program("help", "stdy", code=2).stderr)

    def test_scripts_and_manual_know_every_command_and_option(self):
        scripts = {shell: self.run_program("completion", shell).stdout for shell in ("bash", "zsh", "fish")}
        manual = self.run_program("help", "--man").stdout.replace("\\-", "-").replace("\\fB", " ")
        for command in self.commands():
            options = set(OPTION.findall(self.run_program(command, "--help").stdout.split("Options:")[1].split("Exit")[0]))
            for text in [scripts["bash"], scripts["zsh"], manual]:
                self.assertIn(command, text)
                self.assertLessEqual(options, set(OPTION.findall(text)), command)
            self.assertLessEqual({option[2:] for option in options}, set(re.findall(r" -l (\S+)", scripts["fish"])))
        self.assertIn("bash, zsh or fish", self.run_program("completion", "csh", code=2).stderr)

    def test_the_manual_page_is_right_for_man(self):
        if not shutil.which("groff"):
            self.skipTest("no groff")
        page = self.run_program("help", "--man").stdout
        done = subprocess.run(["groff", "-man", "-ww", "-z"], input=page, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Shells(ProgramTest):
    def bash(self, *words):
        script = self.run_program("completion", "bash").stdout
        quoted = " ".join(f"'{word}'" for word in words)
        program = f"{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _inferscale; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        done = subprocess.run(["bash", "--norc", "-c", program], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_bash(self):
        (self.folder / "results").mkdir()
        self.assertEqual(self.bash("inferscale", "stu"), ["study"])
        self.assertEqual(self.bash("inferscale", "study", "--dry"), ["--dry-run"])
        self.assertEqual(self.bash("inferscale", "study", "--logits", ""), ["all", "last"])
        self.assertEqual(self.bash("inferscale", "study", "--logits", "=", "l"), ["last"])
        self.assertEqual(self.bash("inferscale", "bench", "--backend", "onnxruntime-cpu-b"), [])
        self.assertIn("onnxruntime-cpu", self.bash("inferscale", "bench", "--backend", "onnx"))
        self.assertEqual(self.bash("inferscale", "generate", "--backend", "openvino-cpu-int8"), ["openvino-cpu-int8"])
        self.assertEqual(self.bash("inferscale", "export", "--mode", ""), ["prefill", "decode"])
        self.assertEqual(self.bash("inferscale", "export", "--precision", "int"), ["int8", "int4"])
        self.assertEqual(self.bash("inferscale", "export", "--dialect", ""), ["portable", "fused", "fixed_cache"])
        self.assertEqual(self.bash("inferscale", "report", "res"), ["results"])
        self.assertEqual(self.bash("inferscale", "study", "--repetitions", ""), [])

    def test_zsh_and_fish_take_their_scripts(self):
        found = [shell for shell in ("zsh", "fish") if shutil.which(shell)]
        for shell in found:
            script = self.run_program("completion", shell).stdout
            done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), shell)
        if "fish" in found:
            script = f"'{PROGRAM}' completion fish | source; complete -C "
            for line, words in {"inferscale stu": ["study"], "inferscale study --dry": ["--dry-run"],
                                "inferscale study --logits ": ["all", "last"]}.items():
                done = subprocess.run(["fish", "-c", script + f"'{line}'"], cwd=self.folder, capture_output=True, text=True)
                self.assertEqual([one.split("\t")[0] for one in done.stdout.splitlines()], words, done.stderr)
        if not found:
            self.skipTest("neither zsh nor fish")


main()
