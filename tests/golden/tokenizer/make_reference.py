#!/usr/bin/env python3
"""Writes reference.json: what tiktoken and transformers make of GPT-2's tokenizer files, for
tests/unit/tokenizer/reference_test.cpp. Both must agree on every case, or nothing is written.

    pip install tiktoken==0.14.0 transformers==5.23.0
    python3 make_reference.py GPT2_TOKENIZER_FOLDER WIKITEXT2_TEST_FILE >reference.json

tiktoken would download its vocabulary; here it is built from the same vocab.json that the tests read.
"""
import hashlib
import importlib.metadata
import itertools
import json
import pathlib
import random
import sys

import tiktoken
from transformers import GPT2TokenizerFast

folder, wikitext = map(pathlib.Path, sys.argv[1:])
END = "<|endoftext|>"
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def byte_of_symbol():
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in printable]
    return {chr(b): b for b in printable} | {chr(256 + i): b for i, b in enumerate(others)}


def make_tiktoken():
    symbols = byte_of_symbol()
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    end = vocabulary.pop(END)
    ranks = {bytes(symbols[s] for s in token): i for token, i in vocabulary.items()}
    return tiktoken.Encoding("gpt2", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={END: end})


TIKTOKEN = make_tiktoken()
TRANSFORMERS = GPT2TokenizerFast.from_pretrained(folder)


def ids_of(data):
    text = data.decode("utf-8", "replace")
    ids = TIKTOKEN.encode(text, allowed_special="all")
    assert ids == TRANSFORMERS.encode(text), text[:200]
    return ids


def digest(ids):
    data = b"".join(i.to_bytes(4, "little") for i in ids)
    return {"count": len(ids), "sha256": hashlib.sha256(data).hexdigest()}


def small_cases():
    texts = [
        "", " ", "  ", "\n", "Hello, world!", "Hello world", " Hello", "I'll've they're it's I'd I'm don't",
        "I'LL DON'T 's's'S ''s", "1234567890 12 345,678.90", "a  b   c    d\t\te\r\nf\n\n\ng \n h ", "trailing   ",
        "   leading", "tabs\t\t\tand\x0b\x0cfeeds\x85next\xa0line", "\u180e\u3000\u2028\u2029\u200b x\u180ey",
        "\x1c\x1d\x1e\x1f x \x00\x7f", "naïve café — “quoted” …", "日本語のテキスト、 中文 한국어", "Ελληνικά русский العربية עברית ไทย",
        "हिन्दी தமிழ் বাংলা", "👩‍👩‍👧‍👦 🇩🇪 👍🏽 e\u0301 ﬁ Ⅷ ½ ² ٣ 四", "\U00010D4A\U00011380 \U00010D40\U00016130 \U0001E5D0", "#include <a>\n\tint main(){return 0;}",
        "http://example.org/a?b=c&d=%20", "= Robert Boulter = \n", " <unk> @-@ @,@ 1 @.@ 5", END, "a" + END + "b", END + END + " " + END + "\n  " + END + "  x",
        "<|endoftext", "<|endoftext|", "<|<|endoftext|>|>", "SolidGoldMagikarp", "antidisestablishmentarianism" * 5, "a" * 300, " " * 300 + "x", "é" * 200,
    ]
    for text in texts:
        yield text.encode()
    for data in [b"\xff", b"ab\xffcd", b"\xc2", b"\xe2\x82", b"\xf0\x9f\x98", b"\xf0\x9f\x98 x", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xe0\x80\x80", b"\x80\x80\x80 \xf5\xff", b"<|endo\xfftext|>"]:
        yield data
    random_ = random.Random(20261124)
    pieces = [" ", "  ", "\n", "\t", "\r\n", "\u3000", "\x85", "'s", "'ll", "'", "a", "The", "é", "中", "9", "!", END, "\u180e"]
    for _ in range(20):
        yield "".join(random_.choice(pieces) for _ in range(40)).encode()
    for _ in range(20):
        yield bytes(random_.randrange(256) for _ in range(40))


def case(data):
    try:
        return {"text": data.decode(), "ids": ids_of(data)}
    except UnicodeDecodeError:
        return {"hex": data.hex(), "ids": ids_of(data)}


def class_letters():
    """L, N, S(pace) or O(ther) for every code point, as the pattern engine sees it."""
    ranks = {bytes([b]): b for b in range(256)}
    everything = "".join(map(chr, SCALARS))
    found = {}
    for name, pattern in {"L": r"\p{L}", "N": r"\p{N}", "S": r"\s"}.items():
        probe = tiktoken.Encoding("probe", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
        found |= dict.fromkeys(probe.decode(probe.encode_ordinary(everything)), name)
    return "".join(found.get(chr(c), "O") for c in SCALARS)


def replaced_boundaries():
    """All sequences of four bytes at which UTF-8's rules change, as Python replaces them."""
    edges = bytes.fromhex("00417f808f909fa0bfc0c1c2dfe0e1ecedeeeff0f1f3f4f5ff")
    text = "\n".join(bytes(four).decode("utf-8", "replace") for four in itertools.product(edges, repeat=4))
    return {"edges": edges.hex(), "sha256": hashlib.sha256(text.encode()).hexdigest()}


classes = class_letters()
reference = {
    "made_with": {p: importlib.metadata.version(p) for p in ("tiktoken", "transformers", "tokenizers")},
    "wikitext": digest(ids_of(wikitext.read_bytes())),
    "every_character": digest(ids_of("".join(map(chr, SCALARS)).encode())),
    "every_17th_character_in_context": digest(
        ids_of("".join(f"a{chr(c)}1 {chr(c)}{chr(c)}  {chr(c)}." for c in SCALARS[::17]).encode())),
    "classes": {"counts": {c: classes.count(c) for c in "LNSO"}, "sha256": hashlib.sha256(classes.encode()).hexdigest()},
    "replaced": replaced_boundaries(),
    # A long run of another character takes tiktoken minutes.
    "million_a": digest(ids_of(b"a" * 1_000_000)),
    "cases": [case(data) for data in small_cases()],
}
lines = [f" {json.dumps(k)}: {json.dumps(v)}" for k, v in reference.items() if k != "cases"]
lines.append(' "cases": [\n  ' + ",\n  ".join(json.dumps(c) for c in reference["cases"]) + "\n ]")
print("{\n" + ",\n".join(lines) + "\n}")
