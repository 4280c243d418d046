#!/usr/bin/env python3
"""Runs every `inferscale` line of the blocks of docs/tutorial/*.md that are marked sh, page by page and in the order of the menu. A study runs as the
page says, but with small models and two repetitions; a model folder of a tutorial is a small one. Usage: tutorials_test.py INFERSCALE"""
import pathlib
import re
import shlex

from program import ProgramTest, main, write_llama_folder

PAGES = pathlib.Path(__file__).resolve().parents[3] / "docs/tutorial"
BLOCK = re.compile(r"^```sh\n(.+?)^```", re.MULTILINE | re.DOTALL)
# What makes a study of a tutorial short. The sizes that pages ask about lie between the models that are measured here.
SHORT = {"--scenarios": "single_micro", "--modes": "prefill", "--repetitions": "2"}


def commands(page):
    text = (PAGES / page).read_text()
    found = [shlex.split(line)[1:] for block in BLOCK.findall(text) for line in block.splitlines() if line]
    assert found and all(found), page
    return found


def short(arguments, models):
    """The study's own options stay, but for models of the ladder."""
    options = {} if "--models" in arguments and arguments[arguments.index("--models") + 1].startswith("./") else {"--models": models}
    given = list(arguments)
    for option, value in {**SHORT, **options}.items():
        if option in given and option == "--models":
            given[given.index(option) + 1] = value
        elif option not in given:
            given += [option, value]
    return given


class Tutorials(ProgramTest):
    def follow(self, page, models):
        for arguments in commands(page):
            self.run_program(*(short(arguments, models) if arguments[0] == "study" else arguments))

    def test_first_study_and_its_report(self):
        self.follow("first-study.md", "tiny-gpt2,gpt2-25m")
        self.assertTrue((self.folder / "results/quick/report.html").is_file())
        self.follow("read-the-report.md", "")

    def test_my_own_model(self):
        write_llama_folder(self, "smollm2")
        (self.folder / "lines.txt").write_text("The capital of France is Paris.\n" * 3)
        self.follow("my-own-model.md", "")
        self.assertTrue((self.folder / "results/mine/report.html").is_file())

    def test_first_gpu_study(self):
        """Where there is no GPU too: what cannot run is unsupported, and fails nothing."""
        self.follow("first-gpu-study.md", "tiny-gpt2,gpt2-25m")

    def test_no_page_is_left_out(self):
        self.assertEqual({page.name for page in PAGES.glob("*.md")},
                         {"first-study.md", "read-the-report.md", "my-own-model.md", "first-gpu-study.md"})


main()
