"""Importing the engine loads neither torch nor a model; help is there at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "transformers", "sentence_transformers", "onnx", "openvino")
READERS = ("markitdown", "pandas", "pypdfium2")
WIRE = ("anyio", "openai", "httpx2", "xllamacpp")
MODELS = ("onnxruntime", "tokenizers")


def loaded(statement: str) -> set[str]:
    script = f"import sys\nsys.path[:] = {sys.path!r}\n{statement}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", ["wenyuan", "wenyuan.cli", "wenyuan.engine", "wenyuan.models", "wenyuan.evaluate"])
def test_imports_load_neither_torch_nor_a_model(module: str) -> None:
    modules = loaded(f"import {module}")
    assert module in modules
    assert modules.isdisjoint((*HEAVY, *READERS, *MODELS, *WIRE))


def test_the_command_line_loads_the_engine_only_when_a_command_needs_it() -> None:
    modules = loaded("import wenyuan.cli")
    assert modules.isdisjoint(("wenyuan.engine", "wenyuan.settings", "qdrant_edge", "rjieba", "opencc", "jinja2"))
