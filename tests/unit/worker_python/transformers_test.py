"""The transformers worker's models: the configuration that a spec gives, weights in their type, and decode with a cache.

What needs torch and transformers is skipped where this python3 has none.
"""
import importlib.util
import json
import os
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.realpath(__file__)), *[".."] * 3)
sys.path[:0] = [os.path.join(ROOT, "workers", "python"), os.path.join(ROOT, "workers", "transformers")]

from inferscale_transformers import cached, configuration, weights  # noqa: E402
from inferscale_worker import Refused  # noqa: E402

HAS_TORCH = all(importlib.util.find_spec(name) for name in ("torch", "transformers", "safetensors"))
SHAPE = {"layers": 2, "hidden": 16, "heads": 4, "vocabulary": 61, "positions": 32, "inner": 24, "layer_norm_epsilon": 1e-5}
ROTARY = {**SHAPE, "activation": "silu", "kv_heads": 2, "rope": {"theta": 10000.0}, "attention_bias": False, "mlp_bias": False}
SPECS = {
    "gpt2": {**SHAPE, "activation": "gelu_new"},
    "opt": {**SHAPE, "family": "opt", "activation": "relu", "position_offset": 2},
    "llama": {**ROTARY, "family": "llama", "tied_head": False},
    "mistral": {**ROTARY, "family": "llama", "window": 8},
    "qwen2": {**ROTARY, "family": "qwen2", "attention_bias": True, "window": 8, "window_layers": [1]},
    "qwen3": {**ROTARY, "family": "qwen3", "head_size": 8},
}


class Fields(unittest.TestCase):
    def test_rope_has_the_names_of_transformers(self):
        spec = {"rope": {"theta": 5e5, "scaling": "llama3", "factor": 8.0, "low_freq_factor": 2.0}}  # the rest as the spec has it
        self.assertEqual(configuration.rope(spec), {"rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0,
                                                    "low_freq_factor": 2.0, "high_freq_factor": 4.0})
        for spec in ({"rope": {"theta": 1e4}}, {}):  # a spec leaves out what is as usual
            self.assertEqual(configuration.rope(spec), {"rope_type": "default", "rope_theta": 1e4})

    def test_a_window_of_some_layers_is_theirs(self):
        self.assertEqual(configuration.qwen(SPECS["qwen2"])["layer_types"], ["full_attention", "sliding_attention"])
        self.assertFalse(configuration.qwen(SPECS["qwen3"])["use_sliding_window"])

    def test_a_family_that_nobody_knows_is_unsupported(self):
        with self.assertRaises(Refused) as refused:
            configuration.of_request({"weights": "/nowhere/x.safetensors", "model": {**SHAPE, "family": "mamba"}})
        self.assertEqual(refused.exception.outcome, "unsupported")
        self.assertIn("not of mamba", str(refused.exception))

    def test_without_a_model_there_must_be_a_folder(self):
        with self.assertRaises(Refused) as refused:
            configuration.of_request({"weights": "/nowhere/x.safetensors", "model": None})
        self.assertEqual(refused.exception.outcome, "load_failed")


@unittest.skipUnless(HAS_TORCH, "this python3 has no torch, transformers and safetensors")
class Models(unittest.TestCase):
    def logits_of(self, model, ids):
        import torch
        with torch.inference_mode():
            return model(input_ids=torch.tensor(ids), use_cache=False).logits.float()

    def saved(self, spec, folder, dtype, **save):
        """A random model of the spec, saved as transformers does; the class that loads it."""
        import torch
        torch.manual_seed(7)
        config, model_class = configuration.of_spec(spec)
        model_class(config).to(dtype).save_pretrained(folder, **save)
        return model_class

    def loaded(self, path, spec, dtype):
        import torch
        request = {"weights": path, "model": spec, "vocabulary": SHAPE["vocabulary"]}
        return weights.load_model(torch, *configuration.of_request(request), request, dtype, "cpu")

    def test_folders_and_specs_of_each_family_give_the_logits_of_transformers(self):
        import torch
        ids = [[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8], [2, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4, 5]]
        for name, spec in SPECS.items():
            for dtype in (torch.float32, torch.bfloat16):
                with self.subTest(name, dtype=dtype), tempfile.TemporaryDirectory() as folder:
                    reference = self.saved(spec, folder, dtype).from_pretrained(folder, dtype=dtype).eval()
                    expected = self.logits_of(reference, ids)
                    path = os.path.join(folder, "model.safetensors")
                    by_folder = self.loaded(path, None, dtype)
                    self.assertTrue(torch.equal(self.logits_of(by_folder, ids), expected))
                    self.assertEqual({parameter.dtype for parameter in by_folder.parameters()}, {dtype})
                    os.remove(os.path.join(folder, "config.json"))
                    self.assertTrue(torch.equal(self.logits_of(self.loaded(path, spec, dtype), ids), expected))

    def test_shards_and_another_type_are_taken(self):
        import torch
        with tempfile.TemporaryDirectory() as folder:
            made = self.saved(SPECS["llama"], folder, torch.bfloat16, max_shard_size="4KB")
            index = os.path.join(folder, "model.safetensors.index.json")
            self.assertTrue(os.path.isfile(index))
            loaded = self.loaded(index, None, torch.float32)
            reference = made.from_pretrained(folder, dtype=torch.float32).eval()
            self.assertTrue(torch.equal(self.logits_of(loaded, [[1, 2]]), self.logits_of(reference, [[1, 2]])))

    def test_weights_that_are_not_the_models_fail_to_load(self):
        import torch
        with tempfile.TemporaryDirectory() as folder:
            self.saved(SPECS["llama"], folder, torch.float32)
            path, config = os.path.join(folder, "model.safetensors"), os.path.join(folder, "config.json")
            with open(config, encoding="utf-8") as file:
                fields = json.load(file)
            for change, words in (({"vocab_size": 60}, "size mismatch"), ({"num_hidden_layers": 3}, "no tensor model.layers.2."),
                                  ({"model_type": "unheard"}, "transformers cannot load the model of")):
                with self.subTest(words):
                    with open(config, "w", encoding="utf-8") as file:
                        json.dump({**fields, **change}, file)
                    with self.assertRaises(Refused) as refused:
                        self.loaded(path, None, torch.float32)
                    self.assertIn(words, str(refused.exception))
            with open(path, "wb") as file:
                file.write(b"cut off")
            os.remove(config)
            with self.assertRaises(Refused) as refused:
                self.loaded(path, SPECS["llama"], torch.float32)
            self.assertEqual(refused.exception.outcome, "load_failed")

@unittest.skipUnless(HAS_TORCH, "this python3 has no torch, transformers and safetensors")
class Decode(unittest.TestCase):
    """With a cache there come the tokens that there come without one."""

    NEW = 20
    PROMPT = [[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5], [2, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4]]  # longer than the windows

    @classmethod
    def setUpClass(cls):
        import torch
        torch.set_num_threads(1)  # models so small take longer on several

    def model(self, spec):
        """Random weights far enough from zero that tokens differ."""
        import torch
        torch.manual_seed(7)
        config, model_class = configuration.of_spec(spec)
        model = model_class(config).eval().requires_grad_(False)
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(8)
        return model

    def uncached(self, model):
        import torch
        ids = torch.tensor(self.PROMPT)
        for _ in range(self.NEW):
            ids = torch.cat([ids, model(input_ids=ids, use_cache=False).logits[:, -1:].argmax(-1)], 1)
        return ids[:, len(self.PROMPT[0]):].T.tolist()

    def decoded(self, steps):
        """Twice: the second time with what the first has left."""
        capacity = len(self.PROMPT[0]) + self.NEW - 1
        steps.reserve([(len(self.PROMPT), len(self.PROMPT[0]), capacity)])
        for _ in range(2):
            tokens = []
            steps.decode(self.PROMPT, capacity, self.NEW, tokens.append)
            logits = steps.last_logits()
            self.assertEqual((logits.shape, logits.argmax_last()), ((2, 1, SHAPE["vocabulary"]), tokens[-1]))
            self.assertTrue(logits.finite())
        return tokens

    def stepped(self, steps):
        """As decoded(), one token at a time; the second time after other sequences."""
        capacity = len(self.PROMPT[0]) + self.NEW - 1
        steps.reserve([(len(self.PROMPT), len(self.PROMPT[0]), capacity)])
        steps.start([[1] * len(self.PROMPT[0])] * len(self.PROMPT), capacity)
        steps.step([2, 3])
        tokens = [steps.start(self.PROMPT, capacity)]
        while len(tokens) < self.NEW:
            tokens.append(steps.step(tokens[-1]))
            self.assertEqual(steps.last_logits().argmax_last(), tokens[-1])
        return tokens

    def test_steps_given_other_tokens_than_the_chosen_see_them(self):
        import torch
        for name, spec in SPECS.items():
            model = self.model(spec)
            given = torch.tensor([[4, 4, 9, 50], [0, 60, 7, 7]])
            expected = model(input_ids=torch.cat([torch.tensor(self.PROMPT), given], 1), use_cache=False).logits[:, -4:]
            for steps in (cached.Generated(torch, model, "cpu"), cached.StaticSteps(torch, model, "cpu", lambda step: step)):
                with self.subTest(name, steps=type(steps).__name__):
                    steps.reserve([(2, len(self.PROMPT[0]), len(self.PROMPT[0]) + 4)])
                    steps.start(self.PROMPT, len(self.PROMPT[0]) + 4)
                    for place in range(4):
                        steps.step(given[:, place].tolist())
                        torch.testing.assert_close(steps.last_logits().tensor[:, 0], expected[:, place], rtol=1e-4, atol=1e-4)

    def test_tokens_of_both_are_those_without_a_cache(self):
        import torch
        for name, spec in SPECS.items():
            model = self.model(spec)
            expected = self.uncached(model)
            for steps in (cached.Generated(torch, model, "cpu"), cached.StaticSteps(torch, model, "cpu", lambda step: step)):
                with self.subTest(name, steps=type(steps).__name__):
                    self.assertEqual(self.decoded(steps), expected)
                    self.assertEqual(self.stepped(steps), expected)
                    heads = spec.get("kv_heads", spec["heads"])
                    size = spec.get("head_size", spec["hidden"] // spec["heads"])
                    self.assertEqual(steps.kv_bytes, 2 * 4 * spec["layers"] * heads * size)

    def test_a_step_is_one_graph_whatever_the_place(self):
        import torch
        for name in ("opt", "mistral"):  # the one asks for places, the other has windows
            made, spec = [], SPECS[name]

            def keep(graph, inputs):
                made.append(graph)
                return graph.forward

            with self.subTest(name):
                model = self.model(spec)
                steps = cached.StaticSteps(torch, model, "cpu", lambda step: torch.compile(step, backend=keep, dynamic=False))
                self.assertEqual(self.decoded(steps), self.uncached(model))
                self.assertEqual(len(made), 1)

    def test_a_token_that_ends_texts_ends_no_sequence(self):
        import torch
        model = self.model(SPECS["llama"])
        expected = self.uncached(model)
        model.config.eos_token_id = expected[2][0]
        self.assertEqual(self.decoded(cached.Generated(torch, model, "cpu")), expected)

    def test_a_cache_larger_than_the_memory_is_refused(self):
        import torch
        steps = cached.Generated(torch, self.model(SPECS["gpt2"]), "cpu")
        with self.assertRaises(Refused) as refused:
            steps.reserve([(1 << 30, 1, 1 << 20)])
        self.assertEqual(refused.exception.outcome, "out_of_memory")
        self.assertIn("the KV cache needs", str(refused.exception))


if __name__ == "__main__":
    unittest.main()
