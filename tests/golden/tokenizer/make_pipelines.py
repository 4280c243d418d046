#!/usr/bin/env python3
"""Writes pipelines.json: what Hugging Face's tokenizers make of small tokenizers, one for each thing that a tokenizer.json
can say, for tests/unit/tokenizer/pipelines_test.cpp.

    pip install tokenizers==0.23.3; python3 make_pipelines.py >pipelines.json
"""
import hashlib
import importlib.metadata
import json

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

TEXT = """The tokenizer cuts the text into pieces, and the pieces into tokens: it's 2026, they'll see 12345 of them.
    There is nothing in the world that the model cannot read; naïve café, 日本語のテキスト, один два три, here and there.
the other one, these others, then another: whether or not the weather is there, this thing thinks that thought.
""" * 3
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
TEXTS = [
    "", " ", "   ", "the", " the there's THE'LL 'ſ it\u2019s", "then  there   are\n\n  lines\r\n \t and\u3000more ",
    "12345 1 22 ½Ⅷ٣x9y", "naïve cafe\u0301 \u212b ﬁne ①② e\u0323\u0301 한 \u1112\u1161\u11ab", "日本語のテキスト один 👩‍👩‍👧 \U0001E5D0\U00010D4A",
    "▁the▁ ▁▁ <0x41> <unk>", "<s>the</s> <mask>  the <mask>\u3000 x<one>y <one> <one>! <nrm> the Nrm", "a\x00\x1c\x7f\x85\u180e\u200b!?!...",
    "1234567 89.5 (a) #include <b>\n\tint x = 3;", "camelCaseWordsAndHTMLParser isn't IT'S", "xxqqzzxx☃☃ ☃", "\u0378\u1ac1 a\u0315\u1ac1\u0300",
]


def train(pre_tokenizer, alphabet):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    trainer = trainers.BpeTrainer(vocab_size=len(alphabet) + 220, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([TEXT], trainer)
    return json.loads(tokenizer.to_str())["model"]


def with_tokens(model, tokens):
    """The model with tokens at the end that no merge makes."""
    model = json.loads(json.dumps(model))
    for token in tokens:
        model["vocab"].setdefault(token, len(model["vocab"]))
    return model


BYTES = train(pre_tokenizers.ByteLevel(add_prefix_space=False), pre_tokenizers.ByteLevel.alphabet())
METASPACE = pre_tokenizers.Metaspace(prepend_scheme="always")
CHARACTERS = with_tokens(train(METASPACE, list("abcdefghijklmnopqrstuvwxyzTHE0123456789.,;:!?'<>▁")),
                         ["<unk>"] + [f"<0x{b:02X}>" for b in range(256)])
BASES = {"bytes": BYTES, "characters": CHARACTERS}


def added(content, id, **flags):
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
            "special": True} | flags


def byte_level(**flags):
    return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True} | flags


def split(pattern, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


def sequence(name, *parts):
    return {"type": "Sequence", name: list(parts)}


def cut(*steps):
    """A byte-level pre-tokenizer with steps before it."""
    return {"pre_tokenizer": sequence("pretokenizers", *steps, byte_level(use_regex=False))}


def regex(pattern, *rest):
    return split({"Regex": pattern}, *rest)


def metaspace(**flags):
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True} | flags


CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
TAIL = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + TAIL
QWEN2 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + TAIL
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
GPT4O = "|".join(rf"[^\r\n\p{{L}}\p{{N}}]?{word}{CONTRACTIONS}?" for word in (f"{UPPER}*{LOWER}+", f"{UPPER}+{LOWER}*")) + \
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
DEEPSEEK = r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
SPACE_TO_MARK = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
MARK_TO_SPACE = {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}
BYTE_FALLBACK, FUSE = {"type": "ByteFallback"}, {"type": "Fuse"}
STRIP = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
LLAMA2 = {"normalizer": sequence("normalizers", {"type": "Prepend", "prepend": "▁"}, SPACE_TO_MARK),
          "decoder": sequence("decoders", MARK_TO_SPACE, BYTE_FALLBACK, FUSE, STRIP),
          "model": {"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True}}
N_BYTES, N_CHARACTERS = len(BYTES["vocab"]), len(CHARACTERS["vocab"])
WITHOUT_BYTES = {"vocab_without": ["Ą", "q", "é"]}
TEMPLATE = {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                       {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {t: {"id": t, "ids": [i], "tokens": [t]} for t, i in (("<s>", N_BYTES), ("</s>", N_BYTES + 1))}}
AROUND = [added("<s>", N_BYTES), added("</s>", N_BYTES + 1)]


def tokens(first, **flags):
    return {"added_tokens": [added("<s>", first), added("</s>", first + 1, special=False), added("<mask>", first + 2, **flags),
                             added("<one>", first + 3, single_word=True, special=False),
                             added("<nrm> the", first + 4, normalized=True, special=False),
                             added("<mask>  the", first + 5, special=False)]}


CASES = {
    "bytes": {
        "gpt2": {},
        "byte level, a space put before": {"pre_tokenizer": byte_level(add_prefix_space=True)},
        "byte level, a space put before, no pattern": {"pre_tokenizer": byte_level(add_prefix_space=True, use_regex=False)},
        "byte level alone": {"pre_tokenizer": byte_level(use_regex=False)},
        "llama 3": cut(regex(LLAMA3)),
        "llama 3, ignoring merges": cut(regex(LLAMA3)) | {"model": {"ignore_merges": True}},
        "qwen 2": cut(regex(QWEN2)) | {"normalizer": {"type": "NFC"}},
        "gpt-4o": cut(regex(GPT4O)),
        "deepseek 3": cut(regex(r"\p{N}{1,3}"), regex("[一-龥぀-ゟ゠-ヿ]+"), regex(DEEPSEEK)),
        "thousands from the right": cut(regex(r"(?=(\d{3})+(?!\d))"), regex(r"\s\S*|[^\s\d]+")),
        "an interval and a plus": cut(regex(r"\p{N}{1,3}+|\p{Lu}{0,2}+x|\P{L}{2}")),
        "lazy, atomic, behind": cut(regex(r"(?<=e)r?|(?>a|an)n|t.{1,3}?e|(?<!\x{74})h\u0065")),
        "digits": {"pre_tokenizer": sequence("pretokenizers", {"type": "Digits", "individual_digits": True}, byte_level())},
        "digits together": {"pre_tokenizer": sequence("pretokenizers", {"type": "Digits", "individual_digits": False}, byte_level())},
        "nfd": {"normalizer": {"type": "NFD"}}, "nfkc": {"normalizer": {"type": "NFKC"}}, "nfkd": {"normalizer": {"type": "NFKD"}},
        "replace by a pattern": {"normalizer": sequence("normalizers", {"type": "Replace", "pattern": {"Regex": " {2,}|x+"}, "content": "_"})},
        "bytes that are no tokens": WITHOUT_BYTES,
        "bytes that are unknown": WITHOUT_BYTES | {"model": {"unk_token": "!"}},
        "template": {"post_processor": sequence("processors", byte_level(), TEMPLATE), "added_tokens": AROUND},
        "roberta": {"post_processor": {"type": "RobertaProcessing", "cls": ["<s>", N_BYTES], "sep": ["</s>", N_BYTES + 1],
                                       "trim_offsets": True, "add_prefix_space": False}, "added_tokens": AROUND},
        "added tokens": tokens(N_BYTES), "added tokens, lstrip": tokens(N_BYTES, lstrip=True),
        "added tokens, rstrip": tokens(N_BYTES, rstrip=True), "added tokens, both": tokens(N_BYTES, lstrip=True, rstrip=True),
        "added tokens, normalized": tokens(N_BYTES, lstrip=True, normalized=True) | {"normalizer": {"type": "NFKC"}},
    } | {f"split {behavior}{' inverted' * invert}": cut(split({"String": "th"}, behavior, invert), regex(r"\s", behavior, invert))
         for behavior in ("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous") for invert in (False, True)},
    "characters": {
        "llama 2": LLAMA2,
        "llama 2, added tokens": LLAMA2 | tokens(N_CHARACTERS, normalized=True),
        "llama 2, no bytes": LLAMA2 | {"model": {"unk_token": "<unk>", "fuse_unk": True}},
        "llama 2, no bytes, each unknown": LLAMA2 | {"model": {"unk_token": "<unk>", "fuse_unk": False}},
        "llama 2, nothing for the unknown": LLAMA2 | {"model": {}},
        "llama 2, some bytes": LLAMA2 | {"vocab_without": ["<0xE2>", "<0x00>"]},
        "llama 2, ignoring merges": LLAMA2 | {"model": {"ignore_merges": True, "byte_fallback": True}},
        "gemma": LLAMA2 | {"normalizer": SPACE_TO_MARK, "pre_tokenizer": split({"String": " "}, "MergedWithPrevious")},
        "no decoder": {"pre_tokenizer": metaspace()},
    } | {f"metaspace {scheme}{'' if cuts else ', whole'}": tokens(N_CHARACTERS) | {
        "pre_tokenizer": metaspace(prepend_scheme=scheme, split=cuts), "decoder": metaspace(prepend_scheme=scheme, split=cuts)}
         for scheme in ("first", "always", "never") for cuts in (True, False)},
}
DEFAULTS = {"bytes": {"pre_tokenizer": byte_level(), "decoder": byte_level()}, "characters": {}}


def tokenizer_of(base, change):
    """tokenizer.json of a case: the base, and in it what the case says. The test does the same."""
    model = json.loads(json.dumps(BASES[base])) | change.get("model", {})
    for token in change.get("vocab_without", []):
        del model["vocab"][token]
        model["merges"] = [pair for pair in model["merges"] if token not in pair]
    parts = {"normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None, "added_tokens": []}
    parts |= DEFAULTS[base] | {k: v for k, v in change.items() if k in parts}
    return {"version": "1.0", "truncation": None, "padding": None, **parts, "model": model}


def digest(ids):
    return hashlib.sha256(b"".join(i.to_bytes(4, "little") for i in ids)).hexdigest()


def case(base, name, change):
    tokenizer = Tokenizer.from_str(json.dumps(tokenizer_of(base, change)))
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS]
    characters = "".join(f"a{chr(c)}1 {chr(c)}{chr(c)}  {chr(c)}." for c in SCALARS[::37])
    tokenizer_as_text = Tokenizer.from_str(json.dumps(tokenizer_of(base, change)))
    tokenizer_as_text.encode_special_tokens = True
    return {"base": base, "name": name, "change": change, "ids": ids,
            "for_model": digest([i for text in TEXTS for i in tokenizer.encode(text).ids]),
            "as_text": digest([i for text in TEXTS for i in tokenizer_as_text.encode(text, add_special_tokens=False).ids]),
            "decoded": [tokenizer.decode(one, skip_special_tokens=False) for one in ids],
            "characters": digest(tokenizer.encode(characters, add_special_tokens=False).ids)}


cases = [case(base, name, change) for base, changes in CASES.items() for name, change in changes.items()]
print('{"made_with": ' + json.dumps({"tokenizers": importlib.metadata.version("tokenizers")}) + ",")
print('"bases": ' + json.dumps(BASES, separators=(",", ":")) + ",\n" + '"defaults": ' + json.dumps(DEFAULTS) + ",")
print('"texts": ' + json.dumps(TEXTS) + ',\n"cases": [')
print(",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]}")
