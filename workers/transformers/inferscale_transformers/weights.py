"""A model of transformers with the weights of a study, in one type, without a second copy of them."""
import contextlib
import json
import os

from inferscale_worker import Refused
from inferscale_worker.failures import first_line, out_of_memory


def no_random_weights():
    """Spares the time to draw weights that are replaced at once, where this release of transformers can."""
    try:
        from transformers.initialization import no_init_weights
    except ImportError:
        return contextlib.nullcontext()
    return no_init_weights()


@contextlib.contextmanager
def parameters_without_memory(torch, dtype):
    """Parameters are made on the device `meta`, where they take no memory; buffers are computed where they are."""
    register, before = torch.nn.Module.register_parameter, torch.get_default_dtype()

    def on_meta(module, name, parameter):
        if parameter is not None:
            parameter = torch.nn.Parameter(parameter.to("meta"), requires_grad=False)
        register(module, name, parameter)

    torch.nn.Module.register_parameter = on_meta
    torch.set_default_dtype(dtype)
    try:
        with no_random_weights():
            yield
    finally:
        torch.nn.Module.register_parameter = register
        torch.set_default_dtype(before)


def empty_model(torch, config, model_class, dtype, device):
    config._attn_implementation = "sdpa"
    try:
        with parameters_without_memory(torch, dtype), torch.device(device):
            return model_class(config)
    except Exception as problem:
        if out_of_memory(problem):
            raise
        raise Refused("unsupported", f"transformers cannot build a {model_class.__name__}: {first_line(problem)}") from problem


def files_of(path):
    """The safetensors files: the one at `path`, or the shards that an index there lists."""
    if not path.endswith(".json"):
        return [path]
    with open(path, encoding="utf-8") as file:
        shards = json.load(file)["weight_map"].values()
    return [os.path.join(os.path.dirname(path), name) for name in sorted(set(shards))]


def stored_tensors(path, wanted, dtype, device):
    """Of each file one tensor after the other, as they are stored, and in `dtype` only where that is another type. Files
    that we wrote leave the model's own prefix out of names."""
    import safetensors
    tensors = {}
    for file in files_of(path):
        with safetensors.safe_open(file, framework="pt", device=device) as stored:
            for name in stored.keys():
                if name in wanted:
                    tensors[wanted[name]] = stored.get_tensor(name).to(dtype)
    return tensors


def names_of(model):
    """Each parameter's name, and the same without the prefix of the model under the head."""
    prefix = model.base_model_prefix + "."
    names = {name: name for name in model.state_dict()}
    return {**{name.removeprefix(prefix): name for name in names}, **names}


def load_model(torch, config, model_class, request, dtype, device):
    """Ready to run. Refused is `load_failed` for weights that are not the model's."""
    model, path = empty_model(torch, config, model_class, dtype, device), request["weights"]
    try:
        weights = stored_tensors(path, names_of(model), dtype, device)
        embedding = model.get_input_embeddings().weight
        name = next(name for name, parameter in model.named_parameters() if parameter is embedding)
        if name not in weights or weights[name].shape[0] != request["vocabulary"]:
            raise Refused("load_failed",
                          f"{path}: no token embedding of the model's vocabulary of {request['vocabulary']}")
        missing = model.load_state_dict(weights, strict=False, assign=True).missing_keys
        if config.tie_word_embeddings:
            model.get_output_embeddings().weight = model.get_input_embeddings().weight
        missing = sorted(set(missing) & {name for name, value in model.named_parameters() if value.is_meta})
        if missing:
            raise Refused("load_failed", f"{path}: no tensor {missing[0]}" +
                          (f" and {len(missing) - 1} more" if len(missing) > 1 else ""))
    except Refused:
        raise
    except Exception as problem:
        if out_of_memory(problem):
            raise
        reasons = " ".join(str(problem).split())  # a line for each tensor that does not fit
        raise Refused("load_failed", f"{path}: {reasons}") from problem
    return model.eval().requires_grad_(False)
