"""Tensors read back from a graph that onnxruntime quantised."""

from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from wenyuan_models.recipes.int8_weights import read_int8  # noqa: E402


def quantised(name, values, scale=0.04, zero=128):
    levels = np.clip(np.round(values / scale) + zero, 0, 255).astype(np.uint8)
    parts = {"quantized": levels, "scale": np.float32(scale), "zero_point": np.uint8(zero)}
    return [numpy_helper.from_array(np.asarray(value), f"{name}_{part}") for part, value in parts.items()]


def test_the_tensors_come_back_under_their_hugging_face_names(tmp_path):
    draw = np.random.default_rng(0)
    tables = {
        f"bert.embeddings.{name}_embeddings.weight": draw.normal(size=(n, 4))
        for name, n in (("word", 9), ("position", 5), ("token_type", 2))
    }
    dense = draw.normal(size=(4, 3))  # (in, out), as a graph has it
    norm = np.ones(4, np.float32)
    constants = [part for name, table in tables.items() for part in quantised(name, table)]
    constants += quantised("onnx::MatMul_7", dense)
    constants += [
        numpy_helper.from_array(norm, "bert.embeddings.LayerNorm.weight"),
        numpy_helper.from_array(np.zeros(3, np.float32), "bert.encoder.layer.0.intermediate.dense.bias"),
    ]
    inputs = ["x", "onnx::MatMul_7_quantized", "x_zero", "onnx::MatMul_7_zero_point"]
    name = "/bert/encoder/layer.0/intermediate/dense/MatMul_quant"
    node = helper.make_node("MatMulInteger", inputs, ["y"], name=name)
    value = helper.make_tensor_value_info("y", TensorProto.INT32, None)
    onnx.save(helper.make_model(helper.make_graph([node], "g", [], [value], constants)), tmp_path / "g.onnx")

    tensors = read_int8(tmp_path / "g.onnx")

    np.testing.assert_allclose(tensors["encoder.layer.0.intermediate.dense.weight"], dense.T, atol=0.021)
    for table, values in tables.items():
        np.testing.assert_allclose(tensors[table.removeprefix("bert.")], values, atol=0.021)
    np.testing.assert_array_equal(tensors["embeddings.LayerNorm.weight"], norm)
    assert tensors["encoder.layer.0.intermediate.dense.bias"].shape == (3,)
