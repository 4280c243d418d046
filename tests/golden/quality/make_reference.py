#!/usr/bin/env python3
"""Writes reference.json: log probabilities that transformers gives for sequences of differing lengths, fp32 on the CPU.

    python3 tests/golden/quality/make_reference.py        # needs torch and transformers

The models are those of tests/golden/parity. Each sequence runs alone and unpadded; log_softmax in double.
"""
import json
import pathlib
import random

import torch
import transformers

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent / "parity"
LENGTHS = [2, 24, 7, 1, 13, 24, 3, 18, 2, 9, 16]


def log_probabilities(model, ids):
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0].double()
    return [float(row[target]) for row, target in zip(torch.log_softmax(logits, -1), ids[1:])]


def main():
    result = {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__, "models": {}}
    for folder in sorted(path for path in MODELS.iterdir() if path.is_dir()):
        model = transformers.GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager").float().eval()
        generator = random.Random(folder.name)
        tokens = [[generator.randrange(model.config.vocab_size) for _ in range(length)] for length in LENGTHS]
        result["models"][folder.name] = {"tokens": tokens, "log_probabilities": [log_probabilities(model, ids) for ids in tokens]}
    (HERE / "reference.json").write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
