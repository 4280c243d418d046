"""A results folder with made-up rows: two backends whose answer changes between 11 M and 25 M parameters, one that is not
installed, a cell that failed, repetitions that were throttled, and names and error texts that would break a page which did not escape them."""
import json
import math
import random

MODELS = [("tiny-gpt2", 102_714), ("gpt2-5m", 5_035_008), ("gpt2-1m", 11_180_928), ("gpt2-25m", 25_016_064),
          ("gpt2-45m", 45_171_200)]
SCENARIOS = [("single_micro", 1, 8), ("single_short", 1, 11), ("single_medium", 1, 19), ("single_long", 1, 27),
             ("batch_short", 4, 11), ("batch_medium", 4, 19)]
BACKENDS = [("onnxruntime-cpu", "1.32.0"), ("openvino-cpu", "2026.4")]
NEW_TOKENS = {"prefill": 0, "generate": 8}
NASTY = "<script>alert('1 & 2')</script> | `pipe` *star* \"quote\" " + "x" * 120


def latency_ms(backend, parameters, batch, prompt, mode):
    """Overhead and work per parameter: the first backend has more overhead and less work."""
    overhead, work = {"onnxruntime-cpu": (0.50, 2.0e-9), "openvino-cpu": (0.16, 2.9e-9)}[backend]
    one = overhead + parameters * batch * prompt * work / (1 + 0.02 * batch * prompt) * 8
    return one * (NEW_TOKENS[mode] or 1)


def row(model, parameters, backend, version, scenario, mode, repetition, rng):
    name, batch, prompt = scenario
    mean = latency_ms(backend, parameters, batch, prompt, mode) * math.exp(rng.gauss(0, 0.012))
    tokens = batch * (prompt + NEW_TOKENS[mode])
    return {
        "schema_version": 1, "study": "synthetic", "model": model, "parameters": parameters, "backend": backend,
        "runtime_version": version, "device": "cpu", "precision": "fp32", "scenario": name, "batch": batch,
        "prompt_tokens": prompt, "new_tokens": NEW_TOKENS[mode], "mode": mode, "repetition": repetition, "outcome": "ok",
        "error": "", "started_at": "2026-11-24T00:14:05.123Z", "threads": 2, "load_s": 0.1 + parameters * 4e-9,
        "warmup_iterations": 3, "iterations": 40,
        "latency_ms": {"mean": mean, "median": mean, "p90": mean * 1.1, "p99": mean * 1.2, "min": mean * 0.9,
                       "max": mean * 1.3, "sd": mean * 0.05},
        "throughput_tok_s": tokens * 1000 / mean,
        "new_tok_s": batch * NEW_TOKENS[mode] * 1000 / mean if NEW_TOKENS[mode] else None,
        "time_to_first_token_ms": None, "memory_peak_mb": 60 + parameters * 8e-6, "gpu_memory_peak_mb": None,
        "clocks": None, "tokens_sha256": "00" * 32}


def throttled(like):
    cool, hot = {"sm_mhz": 1980, "throttle_reasons": []}, {"sm_mhz": 1400, "throttle_reasons": ["power_cap"]}
    return dict(like, clocks={"before": cool, "after": hot, "throttled": True, "energy_mj_per_token": None})


def failed(like, outcome, error):
    kept = ("schema_version", "study", "model", "parameters", "backend", "scenario", "batch", "prompt_tokens", "new_tokens",
            "mode", "repetition", "started_at", "threads")
    row = {key: None for key in like}
    row.update({key: like[key] for key in kept}, outcome=outcome, error=error, runtime_version="", device="cpu",
               precision="fp32", load_s=0)
    return row


def rows(repetitions, with_failures):
    rng = random.Random(118)
    long_name = "gpt2:layers=7,hidden=640,heads=10"
    models = MODELS + ([(long_name, 67_300_000)] if with_failures else [])
    for mode in NEW_TOKENS:
        for model, parameters in models:
            for backend, version in BACKENDS:
                for scenario in SCENARIOS:
                    for repetition in range(repetitions):
                        one = row(model, parameters, backend, version, scenario, mode, repetition, rng)
                        if with_failures and model == long_name and scenario[0] == "batch_medium" and backend == "openvino-cpu":
                            one = failed(one, "crash", NASTY)
                        elif with_failures and scenario[0] == "single_long" and repetition == 0:
                            one = throttled(one)
                        yield one
                        if with_failures and backend == "openvino-cpu":
                            yield failed(dict(one, backend="tensorrt-fp16"), "unsupported",
                                         "no worker of that name was built here: set TENSORRT_ROOT and build again")


def write(folder, repetitions=3, with_failures=True):
    (folder / "raw").mkdir(parents=True)
    all_rows = list(rows(repetitions, with_failures))
    for mode in NEW_TOKENS:
        lines = [json.dumps(one) for one in all_rows if one["mode"] == mode]
        (folder / "raw" / f"{mode}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    models = [name for name, _ in MODELS] + (["gpt2:layers=7,hidden=640,heads=10"] if with_failures else [])
    backends = [name for name, _ in BACKENDS] + (["tensorrt-fp16"] if with_failures else [])
    plan = {"schema_version": 1, "name": "synthetic", "label": "synthetic", "models": models, "backends": backends,
            "scenarios": [name for name, _, _ in SCENARIOS], "modes": list(NEW_TOKENS), "repetitions": repetitions,
            "new_tokens": 8, "threads": 2, "seed": 118}
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    environment = {"processor": "Example Processor 9000", "processor_features": ["avx2", "fma", "avx512f", "avx512_vnni"],
                   "logical_cpus": 2, "physical_cores": 2, "memory_gb": 7.8, "virtual_machine": True,
                   "operating_system": "Debian GNU/Linux 12 (bookworm)", "kernel": "Linux 6.1", "glibc": "2.36",
                   "inferscale_version": "0.1.0", "threads": 2, "cpus": [0, 1], "started_at": "2026-11-24T00:14:05.123Z"}
    (folder / "environment.json").write_text(json.dumps(environment), encoding="utf-8")
    manifest = {"schema_version": 1, "files": [],
                "artifacts": [{"path": f"artifacts/{name}/onnx/prefill-last-fp32.onnx", "bytes": size * 4,
                               "sha256": "0123456789abcdef" * 4} for name, size in MODELS]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
