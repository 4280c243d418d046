#!/usr/bin/env python3
"""examples/smollm2/make on a GGUF file of a small Llama, written here block by block: every weight is what the stored block
says, query and key rows stand where Hugging Face wants them, and the tokenizer has the file's tokens and merges.
Usage: smollm2_test.py INFERSCALE. Exit code 77: skipped, for the packages of examples/smollm2/requirements.txt are missing."""
import json
import pathlib
import random
import struct
import subprocess
import sys

from program import ProgramTest, main

MAKE = pathlib.Path(__file__).resolve().parents[3] / "examples/smollm2/make"
try:
    import gguf
    import numpy
    import safetensors.numpy
    import ml_dtypes
except ImportError as missing:
    print(f"skipped: {missing} (scripts/setup --test fetches it)")
    sys.exit(77)

HIDDEN, INNER, HEADS, KV_HEADS = 64, 96, 4, 2
HEAD_SIZE = HIDDEN // HEADS
TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "1", "2", "a", "b", "Ġ", "ab", "Ġab"]
MERGES = ["a b", "Ġ ab"]
SHAPES = {  # rows, columns
    "token_embd": (len(TOKENS), HIDDEN),
    "blk.0.attn_q": (HIDDEN, HIDDEN),
    "blk.0.attn_k": (KV_HEADS * HEAD_SIZE, HIDDEN),
    "blk.0.attn_v": (KV_HEADS * HEAD_SIZE, HIDDEN),
    "blk.0.attn_output": (HIDDEN, HIDDEN),
    "blk.0.ffn_gate": (INNER, HIDDEN),
    "blk.0.ffn_up": (INNER, HIDDEN),
    "blk.0.ffn_down": (HIDDEN, INNER),
}
NORMS = ["blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"]


def q4_1_row(columns, chance):
    """Blocks of 32 weights, scale * nibble + minimum; low nibbles first. Returns their bytes and the weights."""
    stored, weights = b"", []
    for _ in range(columns // 32):
        halves = struct.pack("<ee", chance.uniform(0.001, 0.1), chance.uniform(-1, 0))
        scale, minimum = struct.unpack("<ee", halves)
        nibbles = bytes(chance.randrange(256) for _ in range(16))
        stored += halves + nibbles
        for code in [byte & 15 for byte in nibbles] + [byte >> 4 for byte in nibbles]:
            weights.append(float(numpy.float32(numpy.float32(scale) * numpy.float32(code)) + numpy.float32(minimum)))
    return stored, weights


def write_gguf(file):
    """Returns the weights as they lie in the file, by name."""
    chance, stored = random.Random(118), {}
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_block_count(1)
    writer.add_context_length(256)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(HEAD_SIZE)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(TOKENS)
    writer.add_token_types([3] * 3 + [1] * (len(TOKENS) - 3))
    writer.add_token_merges(MERGES)
    for add, token in ((writer.add_bos_token_id, 1), (writer.add_eos_token_id, 2), (writer.add_pad_token_id, 2),
                       (writer.add_unk_token_id, 0)):
        add(token)
    writer.add_chat_template("{{ messages }}")
    for name, (rows, columns) in SHAPES.items():
        made = [q4_1_row(columns, chance) for _ in range(rows)]
        stored[name] = numpy.array([weights for _, weights in made], dtype=numpy.float32)
        raw = numpy.frombuffer(b"".join(row for row, _ in made), dtype=numpy.uint8).reshape(rows, -1)
        writer.add_tensor(f"{name}.weight", raw, raw_dtype=gguf.GGMLQuantizationType.Q4_1)
    for name in NORMS:
        stored[name] = numpy.array([chance.uniform(0.5, 2) for _ in range(HIDDEN)], dtype=numpy.float32)
        writer.add_tensor(f"{name}.weight", stored[name])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return stored


class MadeFolder(ProgramTest):
    def make(self, *options, code=0):
        done = subprocess.run([sys.executable, "-B", MAKE, "--gguf", "small.gguf", "--out", "made", *options], cwd=self.folder,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def setUp(self):
        super().setUp()
        self.stored = write_gguf(self.folder / "small.gguf")

    def weights(self):
        return safetensors.numpy.load_file(self.folder / "made/model.safetensors")

    def test_weights_are_those_of_the_blocks(self):
        self.make()
        made = self.weights()
        self.assertEqual(len(made), len(SHAPES) + len(NORMS))
        for name, here in (("model.embed_tokens", "token_embd"), ("model.norm", "output_norm"),
                           ("model.layers.0.input_layernorm", "blk.0.attn_norm"),
                           ("model.layers.0.post_attention_layernorm", "blk.0.ffn_norm"),
                           ("model.layers.0.self_attn.v_proj", "blk.0.attn_v"),
                           ("model.layers.0.self_attn.o_proj", "blk.0.attn_output"),
                           ("model.layers.0.mlp.gate_proj", "blk.0.ffn_gate"), ("model.layers.0.mlp.up_proj", "blk.0.ffn_up"),
                           ("model.layers.0.mlp.down_proj", "blk.0.ffn_down")):
            self.assertTrue(numpy.array_equal(made[f"{name}.weight"], self.stored[here]), name)

    def test_neighbours_of_a_head_become_its_halves(self):
        self.make()
        for letter, heads in (("q", HEADS), ("k", KV_HEADS)):
            made, stored = self.weights()[f"model.layers.0.self_attn.{letter}_proj.weight"], self.stored[f"blk.0.attn_{letter}"]
            for head in range(heads):
                for half in range(2):
                    for pair in range(HEAD_SIZE // 2):
                        row = head * HEAD_SIZE + half * HEAD_SIZE // 2 + pair
                        self.assertTrue(numpy.array_equal(made[row], stored[head * HEAD_SIZE + 2 * pair + half]), (letter, row))

    def test_bf16_is_the_nearest(self):
        self.make("--dtype", "BF16")
        made = self.weights()["model.layers.0.mlp.up_proj.weight"]
        self.assertTrue(numpy.array_equal(made, self.stored["blk.0.ffn_up"].astype(ml_dtypes.bfloat16)))
        self.assertEqual(json.loads((self.folder / "made/config.json").read_text())["torch_dtype"], "bfloat16")

    def test_config_and_tokenizer(self):
        self.make()
        config = json.loads((self.folder / "made/config.json").read_text())
        self.assertEqual([config[name] for name in ("model_type", "num_key_value_heads", "rms_norm_eps", "vocab_size")],
                         ["llama", KV_HEADS, 1e-5, len(TOKENS)])
        self.assertTrue(config["tie_word_embeddings"])
        tokenizer = json.loads((self.folder / "made/tokenizer.json").read_text())
        self.assertEqual(tokenizer["model"]["vocab"], {token: index for index, token in enumerate(TOKENS)})
        self.assertEqual(tokenizer["model"]["merges"], [["a", "b"], ["Ġ", "ab"]])
        self.assertEqual([token["content"] for token in tokenizer["added_tokens"]], TOKENS[:3])

    def test_what_is_there_is_not_overwritten(self):
        (self.folder / "made").mkdir()
        self.assertIn("made exists", self.make(code=2).stderr)

    def test_nothing_is_left_of_a_failure(self):
        (self.folder / "small.gguf").write_bytes(b"GGUF, but no more")
        self.assertIn("cannot read 'small.gguf' as GGUF", self.make(code=1).stderr)
        self.assertEqual([file.name for file in self.folder.iterdir()], ["small.gguf"])


main()
