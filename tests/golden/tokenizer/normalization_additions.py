#!/usr/bin/env python3
"""Prints the array of src/tokenizer/normalization_additions.hpp: the characters that utf8proc normalises and Hugging
Face's tokenizers, whose tables are older, do not.

    apt-get install libutf8proc2; pip install tokenizers==0.23.3; python3 normalization_additions.py
"""
import ctypes

from tokenizers import normalizers

library = ctypes.CDLL("libutf8proc.so.2")
free = ctypes.CDLL(None).free
free.argtypes = [ctypes.c_void_p]


def by_utf8proc(form, text):
    function = getattr(library, "utf8proc_" + form)
    function.restype = ctypes.c_void_p
    made = function(text.encode())
    try:
        return ctypes.string_at(made).decode()
    finally:
        free(made)


# 11935 and 11930 are characters of Unicode 13 that join, which no text of one of them shows.
differing = {0x11930}
for form in ("NFC", "NFD", "NFKC", "NFKD"):
    normalizer = getattr(normalizers, form)()
    for c in range(1, 0x110000):
        if not 0xD800 <= c < 0xE000:
            text = f"a\u0315{chr(c)}\u0300\u0323x{chr(c)}{chr(c)}"
            if normalizer.normalize_str(text) != by_utf8proc(form, text):
                differing.add(c)
ranges = []
for c in sorted(differing):
    if ranges and ranges[-1][1] == c - 1:
        ranges[-1][1] = c
    else:
        ranges.append([c, c])
print(f"constexpr std::array<CodePointRange, {len(ranges)}> kAdditionsToNormalization{{{{")
for first, last in ranges:
    print(f"    {{0x{first:X}, 0x{last:X}}},")
print("}};")
