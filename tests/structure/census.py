#!/usr/bin/env python3
"""Counts, in src/ and workers/, the files that know what one place should know, and holds docs/explanation/architecture.md to the counts.

    census.py ROOT              prints the table's last column
    census.py ROOT --check      fails where docs/explanation/architecture.md says otherwise
    census.py --self-test       proves that each count can see a file

Comments do not count.
"""
import pathlib
import re
import sys
import tempfile

# What is counted, and where it belongs: folders whose files may know it.
COUNTS = {
    "an architecture (a family's name or its tensors' names)":
        (r'"[^"\n]*\b(gpt2|opt:|llama:|mistral|qwen[23]|transformer\.|wte|wpe|c_attn|c_fc|ln_f|lm_head|q_proj|gate_proj|embed_tokens)\b[^"\n]*"', ("src/family/",)),
    "a mode (`Mode::prefill`, `Mode::generate`, `Mode::decode`)": (r"\bMode::(prefill|generate|decode)\b", ("src/protocol/modes/", "src/measure/modes/")),
    "an artifact's kind, compared as text": (r'[!=]= "(onnx|engine|safetensors|none)"', ("src/artifact/recipes/",)),
    "a precision, compared as text": (r'[!=]= "(fp32|tf32|fp16|bf16|int8|int4)"', ()),
}
LINE = re.compile(r"^\| files that name (.+?) \| .*?\| (\d+) \|$", re.MULTILINE)


def code_of(file):
    text = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)
    return re.sub(r"(^|[^:\"])//[^\n]*", r"\1", text)


def census(root):
    files = [file for folder in ("src", "workers") for file in sorted((root / folder).rglob("*"))
             if file.suffix in (".cpp", ".hpp")]
    found = {what: [] for what in COUNTS}
    for file in files:
        name = str(file.relative_to(root))
        code = code_of(file)
        for what, (pattern, home) in COUNTS.items():
            if not name.startswith(home or ("?",)) and re.search(pattern, code):
                found[what].append(name)
    return found


def check(root):
    said = dict(LINE.findall((root / "docs/explanation/architecture.md").read_text()))
    problems = []
    for what, files in census(root).items():
        if said.get(what) != str(len(files)):
            problems.append(f"docs/explanation/architecture.md: files that name {what}: {len(files)} do, and it says {said.get(what)}: "
                            f"{' '.join(files)}")
    return problems


def self_test():
    cases = {"src/a/a.cpp": 'auto x = "gpt2";\n', "src/a/b.cpp": "Mode::prefill;\n", "src/a/c.cpp": 'x == "engine";\n',
             "workers/d/d.hpp": 'x != "fp16";\n'}
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        for path, text in {**cases, "src/family/gpt2.cpp": '"gpt2";\n', "src/a/e.cpp": '// "gpt2" == "onnx"\n',
                           "src/a/f.cpp": 'f("a");\ngpt2();\nf("b");\n'}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        found = census(root)
    wrong = [what for what, files in found.items() if len(files) != 1]
    return [f"self-test: {what}: {found[what]}" for what in wrong]


def main():
    arguments = sys.argv[1:]
    if arguments == ["--self-test"]:
        problems = self_test()
    elif len(arguments) == 2 and arguments[1] == "--check":
        problems = check(pathlib.Path(arguments[0]).resolve())
    elif len(arguments) == 1:
        for what, files in census(pathlib.Path(arguments[0]).resolve()).items():
            print(f"{len(files):4d}  {what}\n      {' '.join(files)}")
        return 0
    else:
        sys.exit(__doc__)
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
