"""The configuration of transformers for a model: that of its folder, or one made from the spec that `load` sends."""
import importlib
import os

from inferscale_worker import Refused
from inferscale_worker.failures import first_line

def gpt2(spec):
    return {"vocab_size": spec["vocabulary"], "n_positions": spec["positions"], "n_embd": spec["hidden"],
            "n_layer": spec["layers"], "n_head": spec["heads"], "n_inner": spec.get("inner") or 4 * spec["hidden"],
            "layer_norm_epsilon": spec["layer_norm_epsilon"], "activation_function": spec["activation"],
            "scale_attn_by_inverse_layer_idx": spec.get("scale_by_inverse_layer", False)}


def opt(spec):
    return {"vocab_size": spec["vocabulary"], "max_position_embeddings": spec["positions"], "hidden_size": spec["hidden"],
            "word_embed_proj_dim": spec["hidden"], "num_hidden_layers": spec["layers"], "num_attention_heads": spec["heads"],
            "ffn_dim": spec["inner"], "activation_function": spec["activation"], "do_layer_norm_before": True}


def rope(spec):
    """`rope_parameters` of transformers 5; the spec's fields have its names but for the first two."""
    fields = dict(spec.get("rope", {}))
    theta, scaling = fields.pop("theta", 10000.0), fields.pop("scaling", "none")
    if scaling == "none":
        return {"rope_type": "default", "rope_theta": theta, **fields}
    # What the spec leaves out has these values; transformers wants them said.
    ends = {"low_freq_factor": 1.0, "high_freq_factor": 4.0} if scaling == "llama3" else {}
    return {"rope_type": scaling, "rope_theta": theta, "factor": 1.0, **ends, **fields}


def rotary(spec):
    """Of the families that turn their keys."""
    return {"vocab_size": spec["vocabulary"], "max_position_embeddings": spec["positions"], "hidden_size": spec["hidden"],
            "num_hidden_layers": spec["layers"], "num_attention_heads": spec["heads"],
            "num_key_value_heads": spec.get("kv_heads") or spec["heads"],
            "head_dim": spec.get("head_size") or spec["hidden"] // spec["heads"], "intermediate_size": spec["inner"],
            "hidden_act": spec["activation"], "rms_norm_eps": spec["layer_norm_epsilon"], "rope_parameters": rope(spec)}


def llama(spec):
    biases = {"attention_bias": spec.get("attention_bias", True), "mlp_bias": spec.get("mlp_bias", True)}
    return {**rotary(spec), **(biases if not spec.get("window") else {"sliding_window": spec["window"]})}


def qwen(spec):
    window = spec.get("window", 0)
    if not window:
        return {**rotary(spec), "use_sliding_window": False, "layer_types": ["full_attention"] * spec["layers"]}
    windowed = spec.get("window_layers") or range(spec["layers"])
    kinds = ["sliding_attention" if i in windowed else "full_attention" for i in range(spec["layers"])]
    return {**rotary(spec), "use_sliding_window": True, "sliding_window": window, "layer_types": kinds}


def qwen3(spec):
    return {**qwen(spec), "attention_bias": spec.get("attention_bias", True)}


# The family of a spec: transformers' model_type and class prefix, and the fields of its configuration. The classes are
# imported from their own module: the registry behind AutoModel takes seconds, in each process of a study.
FAMILIES = {"gpt2": ("gpt2", "GPT2", "GPT2LMHeadModel", gpt2), "opt": ("opt", "OPT", "OPTForCausalLM", opt),
            "llama": ("llama", "Llama", "LlamaForCausalLM", llama), "qwen2": ("qwen2", "Qwen2", "Qwen2ForCausalLM", qwen),
            "qwen3": ("qwen3", "Qwen3", "Qwen3ForCausalLM", qwen3)}
WINDOWED = {"llama": ("mistral", "Mistral", "MistralForCausalLM", llama)}


def of_spec(spec):
    """The configuration and the model's class."""
    family = spec.get("family", "gpt2")
    known = WINDOWED.get(family) if spec.get("window") else None
    known = known or FAMILIES.get(family)
    if known is None:
        raise Refused("unsupported", f"this worker builds models of the families {', '.join(FAMILIES)} from a shape, not of "
                                     f"{family}: give it a folder with a config.json")
    module, prefix, model, fields = known
    configuration = importlib.import_module(f"transformers.models.{module}.configuration_{module}")
    modeling = importlib.import_module(f"transformers.models.{module}.modeling_{module}")
    config = getattr(configuration, prefix + "Config")(
        **fields(spec), tie_word_embeddings=spec.get("tied_head", True), use_cache=False, bos_token_id=None, eos_token_id=None,
        pad_token_id=None)
    return config, getattr(modeling, model)


def of_folder(folder):
    """The same by the config.json of a folder, whatever its family: what transformers itself makes of it."""
    from transformers import AutoConfig, AutoModelForCausalLM
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        config.use_cache = False
        return config, AutoModelForCausalLM._model_mapping[type(config)]
    except Exception as problem:  # a model_type that it does not know, a field that it refuses
        raise Refused("unsupported", f"transformers cannot load the model of '{folder}': {first_line(problem)}") from problem


def of_request(request):
    """Of the folder that the weights lie in where it has a config.json, and else of the spec."""
    folder = os.path.dirname(request["weights"])
    if os.path.isfile(os.path.join(folder, "config.json")):
        return of_folder(folder)
    if not request["model"]:
        raise Refused("load_failed", "this worker builds the model itself: it needs the field 'model' of load, or a config.json "
                                     "beside the weights")
    return of_spec(request["model"])
