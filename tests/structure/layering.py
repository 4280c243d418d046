#!/usr/bin/env python3
"""Checks that the tree keeps its shape; docs/explanation/architecture.md says why.

- a folder of src/ includes only itself and folders to its left in FOLDERS;
- what runs in a worker includes nothing that runs in the orchestrator alone, and the other way round;
- a runtime's headers stand in its worker's folder only;
- a worker includes folders of src/ that run in a worker, and its own folder, never another worker;
- no header opens a namespace with `using namespace`;
- no C++ file has more than 400 lines;
- every C++ file of src/ and workers/ is built (named in a CMakeLists.txt).

Usage: layering.py ROOT; or layering.py --self-test, which proves that each rule can fail.
"""
import pathlib
import re
import sys
import tempfile

BOTH, WORKER, ORCHESTRATOR = "both processes", "a worker alone", "the orchestrator alone"
# Left to right, each with the process that it runs in. A folder may include those before it. What reads a finished study
# (analysis to report) comes before what runs one.
FOLDERS = {
    "core": BOTH,
    "machine": BOTH,
    "protocol": BOTH,
    "model": ORCHESTRATOR,
    "family": ORCHESTRATOR,
    "record": ORCHESTRATOR,
    "analysis": ORCHESTRATOR,
    "audit": ORCHESTRATOR,
    "search": ORCHESTRATOR,
    "report": ORCHESTRATOR,
    "tokenizer": ORCHESTRATOR,
    "onnx": ORCHESTRATOR,
    "graph": ORCHESTRATOR,
    "measure": WORKER,
    "worker": WORKER,
    "client": ORCHESTRATOR,
    "quality": ORCHESTRATOR,
    "artifact": ORCHESTRATOR,
    "study": ORCHESTRATOR,
    "terminal": ORCHESTRATOR,
    "doctor": ORCHESTRATOR,
    "cli": ORCHESTRATOR,
}
ORDER = list(FOLDERS)
VENDOR = {
    "onnxruntime": r"onnxruntime|cpu_provider_factory|provider_options|core/session/",
    "openvino": r"openvino/|ie/",
    "tensorrt": r"NvInfer|NvOnnx|NvCaffe",
    "cuda": r"cuda|cublas|cudnn|nvrtc|nvml",
    "transformers": r"torch/|ATen/|Python\.h",
}
CUDA_WORKERS = {"onnxruntime", "tensorrt"}  # both run CUDA devices
MAX_LINES = 400
USING_NAMESPACE = re.compile(r"^\s*using\s+namespace\b", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def cpp_files(folder):
    return sorted(file for file in folder.rglob("*") if file.suffix in {".cpp", ".hpp", ".cu", ".cuh"})


def folder_problems(root, file, include):
    """Rules: only to the left; nothing of the other process."""
    parts = file.relative_to(root).parts
    target = include.split("/")[0]
    if len(parts) < 3 or target not in FOLDERS or (file.parent / include).is_file():
        return []
    if parts[0] == "src":
        if parts[1] not in FOLDERS:
            return [f"folder src/{parts[1]} has no place in the order: {' '.join(ORDER)}"]
        if ORDER.index(target) > ORDER.index(parts[1]):
            return [f"src/{parts[1]} includes {include}, but {target} lies to its right"]
        if FOLDERS[target] not in (BOTH, FOLDERS[parts[1]]):
            return [f"src/{parts[1]}, of {FOLDERS[parts[1]]}, includes {include}, and {target} is of {FOLDERS[target]}"]
    if parts[0] == "workers" and FOLDERS[target] == ORCHESTRATOR:
        return [f"a worker includes {include}, and {target} is of {FOLDERS[target]}"]
    return []


def vendor_problems(root, file, include):
    """Rule: a runtime's headers in its worker's folder only, and in that worker's own tests."""
    parts = file.relative_to(root).parts
    inside = parts[1:] if parts[0] == "workers" else parts[2:] if parts[:2] == ("tests", "unit") else ()
    worker = inside[0] if len(inside) > 1 else None
    for vendor, pattern in VENDOR.items():
        ours = (root / "src" / include).is_file() or (file.parent / include).is_file()
        if ours or not re.match(pattern, include):
            continue
        allowed = worker in CUDA_WORKERS if vendor == "cuda" else worker == vendor
        allowed = allowed or parts[0] == "bench"  # the bare loops that we compare with
        if not allowed:
            return [f"includes {include}, which only workers/{vendor} may"]
    return []


def other_worker_problems(root, file, include):
    """Rule: workers do not know one another."""
    parts = file.relative_to(root).parts
    if parts[0] != "workers" or len(parts) < 3:
        return []
    target = (file.parent / include).resolve()
    others = [folder for folder in (root / "workers").iterdir() if folder.is_dir() and folder.name != parts[1]]
    direct = any(include.startswith(f"workers/{other.name}/") for other in others)
    if direct or any(other.resolve() in target.parents for other in others):
        return [f"includes {include} of another worker"]
    return []


def unbuilt(root, file):
    """Rule: what lies in the tree is built."""
    for folder in file.parents:
        lists = folder / "CMakeLists.txt"
        if lists.is_file() and re.search(rf"\b{re.escape(file.name)}\b", lists.read_text()):
            return []
        if folder == root:
            break
    return ["is in no CMakeLists.txt"]


def problems(root):
    found = []
    for area in ("src", "workers", "tests", "bench", "examples"):
        for file in cpp_files(root / area):
            text = file.read_text()
            complaints = []
            for include in INCLUDE.findall(text):
                complaints += folder_problems(root, file, include)
                complaints += vendor_problems(root, file, include)
                complaints += other_worker_problems(root, file, include)
            if file.suffix in (".hpp", ".cuh") and USING_NAMESPACE.search(text):
                complaints.append("is a header and has `using namespace`: qualify the names")
            lines = text.count("\n")
            if lines > MAX_LINES:
                complaints.append(f"has {lines} lines; {MAX_LINES} is the most: does it do one thing?")
            if file.suffix == ".cpp" and area in ("src", "workers"):
                complaints += unbuilt(root, file)
            found += [f"{file.relative_to(root)}: {complaint}" for complaint in complaints]
    return found


def self_test():
    """Each rule, broken once, in a small tree."""
    cases = {
        "src/core/a.hpp": '#include "record/plan.hpp"\n',
        "src/cli/b.hpp": "#include <openvino/openvino.hpp>\n",
        "workers/openvino/c.hpp": "#include <onnxruntime_cxx_api.h>\n",
        "workers/null/d.hpp": '#include "workers/openvino/c.hpp"\n',
        "workers/null/e.hpp": '#include "../openvino/c.hpp"\n',
        "workers/null/f.hpp": '#include "record/plan.hpp"\n',
        "workers/openvino/g.hpp": "#include <cuda_runtime.h>\n",
        "src/extra/h.hpp": '#include "core/a.hpp"\n',
        "src/core/i.hpp": "\n" * (MAX_LINES + 1),
        "src/core/j.cpp": "\n",
        "src/study/p.hpp": "namespace inferscale::study {\nusing namespace record;\n}\n",
        "src/study/k.hpp": '#include "measure/measure.hpp"\n',  # to the left, but of a worker
        "src/worker/l.hpp": '#include "record/plan.hpp"\n',  # to the left, but of the orchestrator
        "src/analysis/o.hpp": '#include "study/run.hpp"\n',
        "src/protocol/m.hpp": '#include "client/registry.hpp"\n',
        "workers/null/n.hpp": '#include "model/model.hpp"\n',
        "tests/unit/report/q.hpp": "#include <openvino/openvino.hpp>\n",
    }
    good = {
        "src/cli/good.hpp": '#include "record/plan.hpp"\n#include "protocol/scenario.hpp"\n',
        "src/worker/good.hpp": '#include "measure/measure.hpp"\n#include "protocol/messages.hpp"\n',
        "workers/openvino/good.hpp": "#include <openvino/openvino.hpp>\n",
        "workers/onnxruntime/good.hpp": '#include <onnxruntime_cxx_api.h>\n#include "measure/backend.hpp"\n',
        "workers/tensorrt/good.hpp": "#include <cuda_runtime_api.h>\n",
        "tests/unit/openvino/good.hpp": "#include <openvino/openvino.hpp>\n",
        "bench/gpu/good.hpp": "#include <NvInferRuntime.h>\n#include <cuda_runtime_api.h>\n",
    }
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        for path, text in {**cases, **good}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        found = problems(root)
    wrong = [path for path in cases if not any(line.startswith(path + ":") for line in found)]
    wrong += [line for line in found if line.split(":")[0] in good]
    return [f"self-test: {path}" for path in wrong]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = self_test() if sys.argv[1] == "--self-test" else problems(pathlib.Path(sys.argv[1]).resolve())
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
