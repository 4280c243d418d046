"""tokenizer.json and tokenizer_config.json of a byte-level BPE tokenizer with single digits (GGUF: 'smollm'), from GGUF."""
from gguf_fields import field
from gguf_weights import write_json

CONTROL = 3  # gguf.TokenType.CONTROL: a token that text never makes by merging


def added_tokens(reader):
    kinds = field(reader, "tokenizer.ggml.token_type")
    return [{"id": index, "content": text, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
            for index, text in enumerate(field(reader, "tokenizer.ggml.tokens")) if kinds[index] == CONTROL]


def tokenizer(reader):
    kind = field(reader, "tokenizer.ggml.model"), field(reader, "tokenizer.ggml.pre")
    if kind != ("gpt2", "smollm"):
        raise SystemExit(f"the GGUF file's tokenizer is {kind}, and not byte-level BPE with single digits ('gpt2', 'smollm')")
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added_tokens(reader),
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level]},
        "post_processor": None,
        "decoder": {**byte_level, "add_prefix_space": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {text: index for index, text in enumerate(field(reader, "tokenizer.ggml.tokens"))},
            "merges": [merge.split(" ") for merge in field(reader, "tokenizer.ggml.merges")],
        },
    }


def tokenizer_config(reader):
    tokens = field(reader, "tokenizer.ggml.tokens")
    special = {f"{name}_token": tokens[field(reader, f"tokenizer.ggml.{stored}_token_id")]
               for name, stored in (("bos", "bos"), ("eos", "eos"), ("pad", "padding"), ("unk", "unknown"))}
    return {
        "add_prefix_space": False,
        **special,
        "chat_template": field(reader, "tokenizer.chat_template"),
        "clean_up_tokenization_spaces": False,
        "model_max_length": field(reader, "llama.context_length"),
        "tokenizer_class": "PreTrainedTokenizerFast",
    }


def write(reader, folder):
    write_json(folder / "tokenizer.json", tokenizer(reader))
    write_json(folder / "tokenizer_config.json", tokenizer_config(reader))
