"""Reads the float32 tensors of a BERT cross-encoder back from an ONNX graph that onnxruntime quantised dynamically."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_TABLES = ("word", "position", "token_type")


def read_int8(graph: Path) -> dict[str, NDArray[np.float32]]:
    """Names as in a Hugging Face `BertForSequenceClassification`, without "bert."; linear weights are (out, in)."""
    import onnx
    from onnx import numpy_helper

    network = onnx.load(graph).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in network.initializer}
    tensors = {
        name.removeprefix("bert."): value
        for name, value in stored.items()
        if name.endswith((".bias", "LayerNorm.weight"))
    }
    for table in _TABLES:
        name = f"embeddings.{table}_embeddings.weight"
        tensors[name] = _float(stored, f"bert.{name}")
    for node in network.node:
        if node.op_type == "MatMulInteger":  # "/bert/encoder/layer.0/attention/self/query/MatMul_quant"
            layer = node.name.strip("/").rpartition("/")[0].replace("/", ".").removeprefix("bert.")
            weight = _float(stored, node.input[1].removesuffix("_quantized"))
            tensors[f"{layer}.weight"] = np.ascontiguousarray(weight.T)
    return tensors


def _float(stored: dict[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    levels = stored[f"{name}_quantized"].astype(np.float32) - stored[f"{name}_zero_point"].astype(np.float32)
    return levels * stored[f"{name}_scale"].astype(np.float32)
