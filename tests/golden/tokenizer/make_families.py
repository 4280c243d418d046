#!/usr/bin/env python3
"""Writes families.json: what Hugging Face's tokenizers make of the files of served models (fetch_tokenizers), for
tests/unit/tokenizer/families_test.cpp.

    pip install tokenizers==0.23.3; python3 make_families.py FOLDER WIKITEXT2_TEST_FILE >families.json
"""
import hashlib
import importlib.metadata
import json
import pathlib
import random
import sys

from tokenizers import Tokenizer

folder, wikitext = map(pathlib.Path, sys.argv[1:])
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
EVERY = "".join(map(chr, SCALARS))
IN_CONTEXT = "".join(f"a{chr(c)}1 {chr(c)}{chr(c)}  {chr(c)}." for c in SCALARS[::5])
# Any bytes, as Python reads them.
BYTES = random.Random(25).randbytes(20000)


def digest(ids):
    data = b"".join(i.to_bytes(4, "little") for i in ids)
    return {"count": len(ids), "sha256": hashlib.sha256(data).hexdigest()}


def family(file):
    tokenizer = Tokenizer.from_file(str(file))

    def ids(text):
        return digest(tokenizer.encode(text, add_special_tokens=False).ids)

    return {"file": hashlib.sha256(file.read_bytes()).hexdigest(), "wikitext": ids(wikitext.read_bytes().decode()),
            "every_character": ids(EVERY), "in_context": ids(IN_CONTEXT), "bytes": ids(BYTES.decode("utf-8", "replace")),
            "for_model": tokenizer.encode("Hello world").ids}


families = {file.parent.name: family(file) for file in sorted(folder.glob("*/tokenizer.json"))}
print(json.dumps({"made_with": {"tokenizers": importlib.metadata.version("tokenizers")}, "bytes": BYTES.hex(),
                  "families": families}, indent=0))
