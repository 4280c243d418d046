#!/usr/bin/env python3
"""Writes the reference logits of this folder, computed by transformers in fp32 on the CPU.

    python3 tests/golden/parity/make_reference.py build/release/bin/inferscale
    python3 tests/golden/parity/make_reference.py relu exact-gelu

The second writes the folders named, and nothing else.
Needs torch, transformers and safetensors. Two kinds of reference:

- the folders of FOLDERS: small models in Hugging Face layout whose weights, biases and LayerNorm
  parameters are all random and large enough that every one of them shows in the logits. reference.json has the
  inputs, logits.f32 all logits (little-endian float, case after case, [batch, length, vocabulary]).
- seeded.json: models with this project's seeded weights (made by the program given), by name. A few logits of each,
  the largest magnitude, and the SHA-256 of the weights' file that they belong to.
"""
import hashlib
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import numpy
import torch
import transformers
from safetensors.torch import load_file

HERE = pathlib.Path(__file__).resolve().parent
FOLDERS = {
    "two-layers": dict(n_layer=2, n_embd=16, n_head=2, vocab_size=61, n_positions=32),
    "odd-shape": dict(n_layer=1, n_embd=15, n_head=3, vocab_size=53, n_positions=24, n_inner=37,
                      layer_norm_epsilon=1e-3),
    "three-layers": dict(n_layer=3, n_embd=24, n_head=4, vocab_size=97, n_positions=40),
    "relu": dict(n_layer=1, n_embd=12, n_head=3, vocab_size=41, n_positions=16, activation_function="relu"),
    "exact-gelu": dict(n_layer=2, n_embd=12, n_head=2, vocab_size=43, n_positions=16, activation_function="gelu",
                       scale_attn_by_inverse_layer_idx=True, tie_word_embeddings=False),
    "opt": dict(family="OPT", num_hidden_layers=2, hidden_size=12, num_attention_heads=3, ffn_dim=20, vocab_size=37,
                max_position_embeddings=14, word_embed_proj_dim=12),
    "opt-untied": dict(family="OPT", num_hidden_layers=1, hidden_size=8, num_attention_heads=2, ffn_dim=12,
                       vocab_size=29, max_position_embeddings=12, word_embed_proj_dim=8, activation_function="gelu",
                       tie_word_embeddings=False),
    "llama": dict(family="Llama", num_hidden_layers=2, hidden_size=24, num_attention_heads=6, num_key_value_heads=2,
                  intermediate_size=40, vocab_size=47, max_position_embeddings=24),
    "llama-biases": dict(family="Llama", num_hidden_layers=1, hidden_size=12, num_attention_heads=4, num_key_value_heads=1,
                         head_dim=6, intermediate_size=20, vocab_size=31, max_position_embeddings=16, attention_bias=True,
                         mlp_bias=True, tie_word_embeddings=True, rms_norm_eps=1e-3, hidden_act="gelu_pytorch_tanh"),
    "llama-linear": dict(family="Llama", rope_parameters=dict(rope_type="linear", factor=4.0, rope_theta=500.0)),
    "llama-dynamic": dict(family="Llama", rope_parameters=dict(rope_type="dynamic", factor=2.0, rope_theta=500.0)),
    "llama3": dict(family="Llama", rope_parameters=dict(
        rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=16,
        rope_theta=500.0)),
    "llama-yarn": dict(family="Llama", rope_parameters=dict(
        rope_type="yarn", factor=4.0, original_max_position_embeddings=16, beta_fast=4.0, beta_slow=0.5, rope_theta=500.0)),
    "mistral": dict(family="Mistral", num_hidden_layers=2, hidden_size=16, num_attention_heads=4, num_key_value_heads=2,
                    intermediate_size=24, vocab_size=37, max_position_embeddings=20, sliding_window=5),
    "qwen2": dict(family="Qwen2", num_hidden_layers=3, hidden_size=16, num_attention_heads=4, num_key_value_heads=2,
                  intermediate_size=24, vocab_size=41, max_position_embeddings=20, use_sliding_window=True,
                  sliding_window=6, max_window_layers=1, tie_word_embeddings=True),
    "qwen3": dict(family="Qwen3", num_hidden_layers=2, hidden_size=12, num_attention_heads=4, num_key_value_heads=2,
                  head_dim=8, intermediate_size=24, vocab_size=43, max_position_embeddings=20),
}
SCALED = dict(num_hidden_layers=1, hidden_size=32, num_attention_heads=2, num_key_value_heads=1, intermediate_size=24,
              vocab_size=29, max_position_embeddings=64)
for one in FOLDERS.values():  # a scaling of rope shows over many places and frequencies
    if one.get("rope_parameters"):
        one.update(SCALED)
CLASSES = {name: (getattr(transformers, f"{name}Config"), getattr(transformers, f"{name}{model}"))
           for name, model in {"GPT2": "LMHeadModel", "OPT": "ForCausalLM", "Llama": "ForCausalLM", "Mistral": "ForCausalLM",
                               "Qwen2": "ForCausalLM", "Qwen3": "ForCausalLM"}.items()}
SEEDED = ["tiny-gpt2", "gpt2:layers=2,hidden=48,heads=3", "gpt2:layers=3,hidden=40,heads=1,inner=56,positions=128",
          "gpt2:layers=1,hidden=32,heads=32,vocabulary=1000,positions=64"]
NORM = re.compile(r"\.ln_|norm")  # names of norms
SEED = 118
SAMPLES = 60  # logits kept a case of a seeded model
STEADY = {torch.float16: 0.01, torch.bfloat16: 0.05}  # of the largest logit: what a type may move a reference by


def logits_of(model, ids):
    with torch.no_grad():
        return model(torch.tensor(ids, dtype=torch.long)).logits.float().numpy()


def new_model(family="GPT2", **shape):
    """A model as this project has it; attention written out, not a fused kernel."""
    config_class, model_class = CLASSES[family]
    return model_class(config_class(bos_token_id=0, eos_token_id=0, attn_implementation="eager", **shape)).eval()


def ids_of(generator, batch, length, vocabulary):
    return [[generator.randrange(vocabulary) for _ in range(length)] for _ in range(batch)]


def steady_case(model, rounded, generator, batch, length):
    """Ids and their logits. Where rounding to 16 bits already moves a logit far, a backend's own rounding would too, and
    the case would say nothing of the backend: then others are drawn."""
    while True:
        ids = ids_of(generator, batch, length, model.config.vocab_size)
        logits = logits_of(model, ids)
        moved = {type_: numpy.abs(logits_of(one, ids) - logits).max() for type_, one in rounded.items()}
        if all(moved[type_] <= limit * numpy.abs(logits).max() for type_, limit in STEADY.items()):
            return ids, logits


def write_folder(name, shape):
    torch.manual_seed(SEED)
    model = new_model(**shape)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            centre = 1.0 if key.endswith("weight") and NORM.search(key) else 0.0
            parameter.normal_(centre, 0.3)
    folder = HERE / name
    model.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    (folder / "generation_config.json").unlink(missing_ok=True)
    generator = random.Random(name)
    rounded = {type_: type(model).from_pretrained(folder, dtype=type_, attn_implementation="eager").eval()
               for type_ in STEADY}
    cases, stream, offset = [], [], 0
    for batch, length in [(1, 1), (1, 8), (3, 5), (2, model.config.max_position_embeddings)]:
        ids, logits = steady_case(model, rounded, generator, batch, length)
        cases.append(dict(batch=batch, length=length, ids=sum(ids, []), offset=offset))
        stream.append(logits.astype("<f4").tobytes())
        offset += logits.size
    (folder / "logits.f32").write_bytes(b"".join(stream))
    (folder / "reference.json").write_text(json.dumps(dict(versions=versions(), cases=cases)) + "\n")


def versions():
    return dict(torch=torch.__version__.split("+")[0], transformers=transformers.__version__)


def seeded_reference(program, name, generator, folder):
    report = json.loads(subprocess.run(
        [program, "export", name, "--seed", str(SEED), "--artifacts", folder, "-o", f"{folder}/graph.onnx", "--json"],
        check=True, capture_output=True, text=True).stdout)
    file = next(f for f in pathlib.Path(folder).rglob("*.safetensors")
                if hashlib.sha256(f.read_bytes()).hexdigest() == report["weights_sha256"])
    weights = load_file(file)
    shape = dict(n_layer=report["layers"], n_embd=weights["wte.weight"].shape[1], n_head=heads_of(program, name),
                 vocab_size=weights["wte.weight"].shape[0], n_positions=weights["wpe.weight"].shape[0],
                 n_inner=weights["h.0.mlp.c_fc.weight"].shape[1])
    model = new_model(**shape)
    model.transformer.load_state_dict(weights)
    cases = []
    longest = [(1, shape["n_positions"])] if shape["n_positions"] < 1024 else []
    for batch, length in [(1, 1), (1, 27), (3, 17), *longest]:
        ids = ids_of(generator, batch, length, shape["vocab_size"])
        logits = logits_of(model, ids)
        largest = numpy.unravel_index(numpy.abs(logits).argmax(), logits.shape)
        places = [largest] + [tuple(generator.randrange(n) for n in logits.shape) for _ in range(SAMPLES // 2)]
        places += [(generator.randrange(batch), length - 1, generator.randrange(logits.shape[2]))  # for "last"
                   for _ in range(SAMPLES // 2)]
        cases.append(dict(ids=ids, largest=float(numpy.abs(logits).max()),
                          samples=[[*map(int, p), float(f"{logits[p]:.9g}")] for p in places]))
    return dict(model=name, seed=SEED, weights_sha256=report["weights_sha256"], cases=cases)


def heads_of(program, name):
    if ":" in name:
        return int(dict(part.split("=") for part in name.split(":")[1].split(","))["heads"])
    models = json.loads(subprocess.run([program, "models", "--json"], check=True, capture_output=True, text=True).stdout)
    return next(m["heads"] for m in models if m["name"] == name)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if sys.argv[1] in FOLDERS:
        for name in sys.argv[1:]:
            write_folder(name, FOLDERS[name])
        return
    for name, shape in FOLDERS.items():
        write_folder(name, shape)
    with tempfile.TemporaryDirectory() as folder:
        generator = random.Random(SEED)
        models = [seeded_reference(sys.argv[1], name, generator, folder) for name in SEEDED]
    lines = ",\n".join(json.dumps(model, separators=(",", ":")) for model in models)
    text = f'{{"versions":{json.dumps(versions())},"models":[\n{lines}\n]}}\n'
    (HERE / "seeded.json").write_text(text)


main()
