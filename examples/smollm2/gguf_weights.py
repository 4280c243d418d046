"""config.json, generation_config.json and model.safetensors of a Llama model, from GGUF.

Sources: names and dimensions as in llama.cpp's docs and gguf-py's constants; names on the other side are those of
transformers' LlamaForCausalLM.
"""
import json

import gguf
import ml_dtypes
import numpy
import safetensors.numpy

from gguf_fields import field

# Name of a type: (in numpy, as config.json writes it).
DTYPES = {"F32": (numpy.float32, "float32"), "BF16": (ml_dtypes.bfloat16, "bfloat16"), "F16": (numpy.float16, "float16")}

OUTER = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
OF_A_LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def hugging_face_name(name):
    """'blk.3.attn_q.weight' is 'model.layers.3.self_attn.q_proj.weight'."""
    stem, _, end = name.rpartition(".")
    if stem in OUTER:
        return f"{OUTER[stem]}.{end}"
    block, layer, part = stem.split(".")
    if block != "blk" or part not in OF_A_LAYER:
        raise SystemExit(f"tensor '{name}' of the GGUF file is no part of a Llama model")
    return f"model.layers.{layer}.{OF_A_LAYER[part]}.{end}"


def halves_of_heads(rows, heads):
    """Rows of a query or key projection in the order that Hugging Face's RoPE wants.

    GGUF interleaves the two halves of each head (RoPE turns neighbours there); Hugging Face has one half after the other.
    """
    size = rows.shape[0] // heads
    return rows.reshape(heads, size // 2, 2, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def tensors(reader, dtype):
    heads = {"attn_q": field(reader, "llama.attention.head_count"), "attn_k": field(reader, "llama.attention.head_count_kv")}
    for tensor in reader.tensors:
        values = gguf.dequantize(tensor.data, tensor.tensor_type)
        part = tensor.name.split(".")[-2]
        if part in heads:
            values = halves_of_heads(values, heads[part])
        yield hugging_face_name(tensor.name), numpy.ascontiguousarray(values.astype(dtype))


def config(reader, names, dtype_name):
    vocabulary = len(field(reader, "tokenizer.ggml.tokens"))
    return {
        "architectures": ["LlamaForCausalLM"],
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": field(reader, "tokenizer.ggml.bos_token_id"),
        "eos_token_id": field(reader, "tokenizer.ggml.eos_token_id"),
        "head_dim": field(reader, "llama.rope.dimension_count"),
        "hidden_act": "silu",
        "hidden_size": field(reader, "llama.embedding_length"),
        "initializer_range": 0.02,
        "intermediate_size": field(reader, "llama.feed_forward_length"),
        "max_position_embeddings": field(reader, "llama.context_length"),
        "mlp_bias": False,
        "model_type": "llama",
        "num_attention_heads": field(reader, "llama.attention.head_count"),
        "num_hidden_layers": field(reader, "llama.block_count"),
        "num_key_value_heads": field(reader, "llama.attention.head_count_kv"),
        "pad_token_id": field(reader, "tokenizer.ggml.padding_token_id"),
        # Stored as float32: the shortest number that it can mean.
        "rms_norm_eps": float(str(numpy.float32(field(reader, "llama.attention.layer_norm_rms_epsilon")))),
        "rope_scaling": None,
        "rope_theta": field(reader, "llama.rope.freq_base"),
        "tie_word_embeddings": "lm_head.weight" not in names,
        "torch_dtype": dtype_name,
        "use_cache": True,
        "vocab_size": vocabulary,
    }


def write_json(file, value):
    file.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write(reader, folder, dtype):
    if field(reader, "general.architecture") != "llama":
        raise SystemExit(f"the GGUF file is of architecture '{field(reader, 'general.architecture')}', and not llama")
    numpy_type, dtype_name = DTYPES[dtype]
    made = dict(tensors(reader, numpy_type))
    (folder / "model.safetensors").write_bytes(safetensors.numpy.save(made, metadata={"format": "pt"}))
    settings = config(reader, made, dtype_name)
    write_json(folder / "config.json", settings)
    write_json(folder / "generation_config.json",
               {name: settings[name] for name in ("bos_token_id", "eos_token_id", "pad_token_id")})
