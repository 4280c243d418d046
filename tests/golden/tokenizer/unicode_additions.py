#!/usr/bin/env python3
"""Prints the arrays of src/tokenizer/unicode_additions.hpp: how the tables of Hugging Face's tokenizers (and tiktoken's,
which are the same) differ from those of Unicode 14, which the oldest PCRE2 and Python here have.

    pip install tokenizers==0.23.3; python3.11 unicode_additions.py
"""
import unicodedata

from tokenizers import Regex, pre_tokenizers

assert unicodedata.unidata_version == "14.0.0", "run this with Python 3.11"
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
CATEGORIES = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp".split()


def members(pattern):
    """Every code point that the pattern engine of tokenizers matches."""
    split = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
    return {ord(c) for piece, _ in split.pre_tokenize_str("".join(map(chr, SCALARS))) for c in piece}


def digits():
    """Every code point that the pre-tokenizer Digits takes for a digit."""
    split = pre_tokenizers.Digits(individual_digits=True)
    pieces = split.pre_tokenize_str("".join("a" + chr(c) for c in SCALARS))
    return {ord(piece) for piece, _ in pieces if len(piece) == 1} - {ord("a")}


def ranges_of(code_points):
    ranges = []
    for c in sorted(code_points):
        if ranges and ranges[-1][1] == c - 1:
            ranges[-1][1] = c
        else:
            ranges.append([c, c])
    return ranges


rows = []
for category in CATEGORIES:
    now = members(r"\p{%s}" % category)
    before = {c for c in SCALARS if unicodedata.category(chr(c)) == category}
    assert before - now <= {0x1171E}, "Unicode 14 had members that are gone"  # became Mc: still a mark
    rows += [(category, first, last) for first, last in ranges_of(now - before)]
print(f"constexpr std::array<CategoryRange, {len(rows)}> kAdditionsSinceUnicode14{{{{")
for category, first, last in rows:
    print(f'    {{"{category}", 0x{first:X}, 0x{last:X}}},')
print("}};")
extra = ranges_of(digits() - members(r"\p{N}"))
assert members(r"\p{N}") <= digits()
print(f"constexpr std::array<CodePointRange, {len(extra)}> kDigitsSinceUnicode16{{{{")
for first, last in extra:
    print(f"    {{0x{first:X}, 0x{last:X}}},")
print("}};")
