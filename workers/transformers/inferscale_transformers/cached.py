"""Greedy decoding with a KV cache, as users call it (Generated) and as a careful user writes it (StaticSteps)."""
import inspect

from inferscale_worker.memory import check_fits_in_memory, left_bytes

from .logits import TorchLogits

WARM_PASSES = 4  # over a prompt, and then steps: a compiled one is traced, records its CUDA graph, and replays it


class Steps:
    """What both know of a model's cache."""

    def __init__(self, torch, model, device):
        self.torch, self.model, self.device, self.reserved = torch, model, device, set()
        known = inspect.signature(model.forward).parameters
        self.arguments = {"use_cache": True, **({"logits_to_keep": 1} if "logits_to_keep" in known else {})}
        self.name = "cache" if "cache" in known else "past_key_values"  # of newer transformers, and of older ones
        with torch.inference_mode():
            cache = model(input_ids=torch.zeros((1, 1), dtype=torch.int64, device=device), use_cache=True)[self.name]
        self.kv_bytes = sum(tensor.nbytes for layer in cache.layers for tensor in (layer.keys, layer.values))

    def left_bytes(self):
        if self.device == "cpu":
            return left_bytes()
        cuda = self.torch.cuda
        return cuda.mem_get_info()[0] + cuda.memory_reserved() - cuda.memory_allocated()

    def reserve(self, caches):
        for batch, prompt, capacity in set(caches) - self.reserved:
            self.make_room(batch, capacity)
            self.decode([[0] * prompt] * batch, capacity, min(WARM_PASSES, capacity - prompt + 1), lambda tokens: None)
        self.reserved |= set(caches)

    def make_room(self, batch, capacity):
        check_fits_in_memory(self.kv_bytes * batch * capacity, self.left_bytes(), "the KV cache")


class TokenTimes:
    """A streamer of generate(). It is told of the prompt first, and of each pass's tokens then.

    generate() copies tokens to the host for a streamer. That costs no synchronisation of its own: generate() waits for the
    device after each token as it is, to see whether all sequences have ended."""

    def __init__(self, took):
        self.took, self.prompt_came = took, False

    def put(self, tokens):
        if self.prompt_came:
            self.took(tokens.tolist())
        self.prompt_came = True

    def end(self):
        pass


class KeptLogits:
    """A logits processor of generate() that changes nothing: the logits of the last pass, [batch, vocabulary]."""

    def __call__(self, input_ids, scores):
        self.scores = scores
        return scores


class Generated(Steps):
    """model.generate(), whose cache grows with each token."""

    cache = "dynamic"

    def __init__(self, torch, model, device):
        from transformers import GenerationConfig, LogitsProcessorList
        super().__init__(torch, model, device)
        model.generation_config = GenerationConfig(do_sample=False, use_cache=True)  # and no token that ends a sequence
        self.kept = KeptLogits()
        self.processors = LogitsProcessorList([self.kept])

    def decode(self, prompt, capacity, passes, took):
        ids = self.torch.tensor(prompt, device=self.device)
        self.model.generate(ids, max_new_tokens=passes, streamer=TokenTimes(took), logits_processor=self.processors)

    def start(self, prompt, capacity):
        return self.passed(prompt, {})

    def step(self, tokens):
        return self.passed([[token] for token in tokens], {self.name: self.past})

    def passed(self, ids, past):
        """The pass that generate() makes: the model makes a cache by itself where there is none, and appends to it."""
        torch = self.torch
        with torch.inference_mode():
            made = self.model(input_ids=torch.tensor(ids, device=self.device), **past, **self.arguments)
        self.past, self.kept.scores = made[self.name], made.logits[:, -1].float()
        return self.kept.scores.argmax(dim=-1).tolist()

    def last_logits(self):
        return TorchLogits(self.torch, self.kept.scores.unsqueeze(1).cpu())


class StaticSequences:
    """What sequences of one batch and capacity need, made once: the compiled step and its CUDA graph refer to it."""

    def __init__(self, torch, config, batch, capacity, device):
        from transformers.cache_utils import StaticCache, StaticLayer
        self.cache = StaticCache(config=config, max_cache_len=capacity)
        # A static layer with a window counts its tokens in Python, so that each step would be a graph of its own. A whole layer does
        # as well: the mask knows the window.
        self.cache.layers = [StaticLayer(max_cache_len=capacity) if getattr(layer, "is_sliding", False) else layer
                             for layer in self.cache.layers]
        # Places and a mask of ones are what a model would make by itself; OPT's, for want of them, asks the device how long the
        # sequences are.
        self.places = torch.arange(capacity, device=device).expand(batch, -1)
        self.mask = torch.ones((batch, capacity), dtype=torch.int64, device=device)
        self.place = torch.zeros((batch, 1), dtype=torch.int64, device=device)
        self.ids = torch.zeros((batch, 1), dtype=torch.int64, device=device)
        self.ids_host = self.ids if device == "cpu" else torch.zeros((batch, 1), dtype=torch.int64, pin_memory=True)
        for tensor in (self.mask, self.place, self.ids):
            torch._dynamo.mark_static_address(tensor)  # as the cache does with its own: a CUDA graph reads it where it lies


class StaticSteps(Steps):
    """A cache of fixed size, and a compiled step that chooses the token too: of it, ids alone leave the device."""

    cache = "static"

    def __init__(self, torch, model, device, compiled):
        """`compiled` makes a compiled function of a function."""
        super().__init__(torch, model, device)
        self.compiled_step, self.sequences, self.current, self.logits = compiled(self.plain_step), {}, None, None

    def plain_step(self, ids, places, sequences):
        logits = self.model(input_ids=ids, position_ids=places, attention_mask=sequences.mask, **{self.name: sequences.cache},
                            **self.arguments).logits[:, -1:]
        return logits, logits.argmax(dim=-1)

    def make_room(self, batch, capacity):
        if (batch, capacity) not in self.sequences:
            super().make_room(batch, capacity)
            self.sequences[batch, capacity] = StaticSequences(self.torch, self.model.config, batch, capacity, self.device)

    def decode(self, prompt, capacity, passes, took):
        took(self.start(prompt, capacity))
        for _ in range(passes - 1):
            took(self.next())

    def start(self, prompt, capacity):
        torch, sequences = self.torch, self.sequences[len(prompt), capacity]
        with torch.no_grad():
            sequences.cache.reset()
            ids = torch.tensor(prompt, device=self.device)
            self.logits, chosen = self.plain_step(ids, sequences.places[:, :ids.shape[1]], sequences)
            sequences.place.fill_(ids.shape[1])
            self.current = sequences
            return self.taken(sequences, chosen)

    def step(self, tokens):
        self.current.ids.copy_(self.torch.tensor(tokens).unsqueeze(1))
        return self.next()

    def next(self):
        """A step with the tokens that were chosen: they lie on the device already."""
        torch, sequences = self.torch, self.current
        with torch.no_grad():
            torch.compiler.cudagraph_mark_step_begin()  # the last step's logits may be overwritten
            self.logits, chosen = self.compiled_step(sequences.ids, sequences.place, sequences)
            sequences.place.add_(1)
            return self.taken(sequences, chosen)

    def taken(self, sequences, chosen):
        """They are the next step's input, and go to the host."""
        sequences.ids.copy_(chosen)
        if self.device != "cpu":
            sequences.ids_host.copy_(sequences.ids, non_blocking=True)
            self.torch.cuda.current_stream().synchronize()
        return sequences.ids_host[:, 0].tolist()

    def last_logits(self):
        return TorchLogits(self.torch, self.logits.cpu())
