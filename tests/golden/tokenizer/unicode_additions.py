#!/usr/bin/env python3
"""Prints the arrays of src/tokenizer/unicode_additions.hpp: what tiktoken's pattern engine takes for a letter or a
number and Unicode 14 (the unicodedata of Python 3.11) does not.

    pip install tiktoken==0.14.0; python3.11 unicode_additions.py
"""
import unicodedata

import tiktoken

assert unicodedata.unidata_version == "14.0.0", "run this with Python 3.11"
ALL = "".join(chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000)


def members(pattern):
    """Every code point that the pattern matches: tiktoken drops what lies between matches."""
    ranks = {bytes([b]): b for b in range(256)}
    encoding = tiktoken.Encoding("probe", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    return {ord(c) for c in encoding.decode(encoding.encode_ordinary(ALL))}


def print_additions(name, category):
    now = members(r"\p{%s}" % category)
    before = {ord(c) for c in ALL if unicodedata.category(c)[0] == category}
    assert before <= now, "Unicode 14 had members that are gone"
    ranges = []
    for c in sorted(now - before):
        if ranges and ranges[-1][1] == c - 1:
            ranges[-1][1] = c
        else:
            ranges.append([c, c])
    print(f"constexpr std::array<CodePointRange, {len(ranges)}> {name}{{{{")
    for first, last in ranges:
        print(f"    {{0x{first:X}, 0x{last:X}}},")
    print("}};")


print_additions("kLettersSinceUnicode14", "L")
print_additions("kNumbersSinceUnicode14", "N")
