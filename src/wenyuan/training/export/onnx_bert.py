"""Writes a BERT encoder or cross-encoder as one ONNX graph, node by node, for fast int8 inference on CPU.

Built directly rather than exported and then quantised: the bytes are reproducible, and the graph can have what those
tools do not offer (measurements in docs/log.md):
- one scale per token, not per batch, for the activations of each matrix product: the vector of a text does not depend
  on the texts beside it, and the cosine to float32 rises from .9966 to .9987 (English);
- weights of 7 bits, one scale per output: a CPU without VNNI adds pairs of products in 16 bits, which 8 overflow;
- word embeddings in 4-bit blocks, at half the size of int8: those of their source, without loss, unless trained since.
The cross-encoder's graph goes further, with the ranges of its activations taken from real pairs beforehand:
- one fixed scale per channel, shared with the weights (SmoothQuant, Xiao et al. 2022), wherever values keep their
  range: no pass over the activations to find a scale, none to apply it, and the cosine of the first token's vector
  to float32 rises from .9993 to .9996 (12 layers, 100 English pairs that calibration did not see);
- what GELU gives is never below -0.17, so that its scale per token needs the largest value alone;
- of the last layer only the first token's vector is computed, for nothing else is read.
Texts of one batch have equal length, so that there is no padding and no attention mask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from wenyuan.models.cross_encoder import SPANS
from wenyuan.training.export.weights import BertWeights, Q4Rows

if TYPE_CHECKING:
    from onnx import ModelProto

GraphPrecision = Literal["int8", "fp32"]
Ranges = Mapping[str, NDArray[np.float32]]
"""Name of a linear layer → the largest magnitude that each of its input's channels had."""

OPSET, IR_VERSION = 21, 10
CONTRIB = "com.microsoft"  # operators of onnxruntime beyond the ONNX standard
WEIGHT_LIMIT = 63  # 255 * 63 * 2 < 2 ** 15
ZERO_POINT = 128  # of the uint8 activations
GELU_ZERO_POINT = 32  # of those after GELU: most of the range for what is above zero
GELU_MINIMUM = 0.17
SMOOTHING = 0.7  # how far channels are brought to one range, at the cost of the weights' (0: not, 1: wholly)


def bert_graph(weights: BertWeights, precision: GraphPrecision, dither: int | None = None) -> ModelProto:
    """`input_ids` (batch, tokens) int64 → `vector` (batch, hidden) float32 of unit length.

    With a seed to `dither` by, int8 weights are rounded as `quantise_weight` says.
    """
    from onnx import TensorProto, helper

    graph = _Graph(weights, precision, draw=None if dither is None else np.random.default_rng(dither))
    vector = graph.mean_unit_vector(graph.layers(graph.embed()))
    return graph.model([helper.make_tensor_value_info(vector, TensorProto.FLOAT, ["batch", weights.hidden])])


def cross_encoder_graph(weights: BertWeights, ranges: Ranges | None = None, *, types: bool = False) -> ModelProto:
    """`input_ids` (and `token_type_ids`, with `types`), (batch, tokens) int64 → `logit` (batch,) float32.

    A reader, whose weights have the head "spans", also gives `spans` (batch, tokens, 2): each token's logits as the
    first and as the last of the answer. With the `ranges` of its activations it computes in int8, without in float32.
    """
    graph = _Graph(weights, "int8" if ranges else "fp32", ranges, types=types)
    return graph.model(graph.heads())


def calibration_graph(weights: BertWeights, *, types: bool = False) -> tuple[ModelProto, dict[str, str]]:
    """The float32 cross-encoder that also gives the input of each linear layer: (graph, layer → output)."""
    from onnx import TensorProto, helper

    graph = _Graph(weights, "fp32", types=types)
    heads = [output.name for output in graph.heads()]
    outputs = dict.fromkeys([*heads, *graph.inputs.values()])
    return graph.model([helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]), graph.inputs


def quantise_weight(
    weight: NDArray[np.float32], draw: np.random.Generator | None = None
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(out, in) float32 → (in, out) int8 within ±63 and one scale for each output.

    With `draw`, up or down by chance, in proportion to what is nearer: weights that were trained from rounded ones lie
    within half a step of where they began, and the nearest level would undo the training.
    """
    scales = np.maximum(np.abs(weight).max(axis=1), np.float32(1e-12)) / np.float32(WEIGHT_LIMIT)
    levels = weight / scales[:, None]
    rounded = np.round(levels) if draw is None else np.floor(levels + draw.random(levels.shape, dtype=np.float32))
    return np.clip(rounded, -WEIGHT_LIMIT, WEIGHT_LIMIT).astype(np.int8).T, scales


class _Graph:
    """Nodes and constants in the order in which they were asked for. Between embedding and pooling, rows are tokens."""

    def __init__(
        self,
        weights: BertWeights,
        precision: GraphPrecision,
        ranges: Ranges | None = None,
        *,
        types: bool = False,
        draw: np.random.Generator | None = None,
    ) -> None:
        self.weights, self.precision, self.ranges, self.types = weights, precision, ranges or {}, types
        self.draw = draw
        self.hidden = weights.hidden
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.inputs: dict[str, str] = {}  # linear layer → the rows it reads
        self.shape = self.node("Shape", ["input_ids"], "shape")
        self.last = self.constant("axis.last", np.array([-1], np.int64))
        self.first = self.constant("axis.first", np.array([0], np.int64))
        self.second = self.constant("axis.second", np.array([1], np.int64))
        self.as_rows = self.constant("as_rows", np.array([-1, self.hidden], np.int64))
        if precision == "int8":
            self.one = self.constant("one", np.float32(1))
            if not self.ranges:
                self.per_step = self.constant("per_step", np.float32(1 / 127))
            self.zero_point = self.constant("zero_point", np.uint8(ZERO_POINT))
        if precision == "int8" and not self.ranges:
            count = self.node("Size", ["input_ids"], "count")
            count = self.node("Unsqueeze", [count, self.first], "count.1d")
            self.zero_points = self.node("Expand", [self.zero_point, count], "zero_points")

    def model(self, outputs: list[Any]) -> ModelProto:
        from onnx import TensorProto, helper

        names = ["input_ids", "token_type_ids"] if self.types else ["input_ids"]
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in names]
        return helper.make_model(
            helper.make_graph(self.nodes, "bert", inputs, outputs, self.constants),
            opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)],
            ir_version=IR_VERSION,
            producer_name="wenyuan",
        )

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
        """Rows of words + positions, normalised."""
        words = self.weights.words
        rows = self.blocks(words) if isinstance(words, Q4Rows) else self.rows(words.values)
        types = self.tensor("embeddings.token_type_embeddings.weight")
        always = 0 if self.types else types[0]
        positions = self.constant("positions", self.tensor("embeddings.position_embeddings.weight") + always)
        two = self.constant("two", np.array([2], np.int64))
        length = self.node("Slice", [self.shape, self.second, two], "length")
        positions = self.node("Slice", [positions, self.first, length, self.first], "positions.used")
        rows = self.node("Add", [rows, positions], "embedding.sum")
        if self.types:
            kinds = self.node("Gather", [self.constant("types", types), "token_type_ids"], "types.used")
            rows = self.node("Add", [rows, kinds], "embedding.typed")
        return self.normalise(self.node("Reshape", [rows, self.as_rows], "embedding.rows"), "embeddings.LayerNorm")

    def rows(self, words: NDArray[np.float32]) -> str:
        """Words looked up in float32, or in int8 with one scale each."""
        if self.precision == "fp32":
            return self.node("Gather", [self.constant("words", words), "input_ids"], "words.vector")
        steps = np.maximum(np.abs(words).max(axis=1, keepdims=True), np.float32(1e-12)) / np.float32(127)
        levels = self.constant("words", np.round(words / steps).astype(np.int8))
        levels = self.node("Cast", [self.node("Gather", [levels, "input_ids"], "words.levels")], "words.float", to=1)
        scale = self.node("Gather", [self.constant("words.scales", steps), "input_ids"], "words.scale")
        return self.node("Mul", [levels, scale], "words.vector")

    def blocks(self, words: Q4Rows) -> str:
        """Words looked up in 4-bit blocks."""
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
        return self.node("Reshape", [block, flat], "words.vector")

    def layers(self, rows: str, count: int | None = None) -> str:
        """The transformer layers, or the first `count` of them."""
        qkv_width = self.constant("qkv.width", np.array([3 * self.hidden], np.int64))
        qkv_shape = self.node("Concat", [self.shape, qkv_width], "qkv.shape", axis=0)
        for layer in range(self.weights.layers if count is None else count):
            at = f"encoder.layer.{layer}."
            parts = self.projected(rows, at, ["query", "key", "value"], qkv_shape)
            rows = self.feed_forward(self.attend(parts, rows, at), at)
        return rows

    def first_token(self, rows: str) -> str:
        """All layers, (batch, hidden): in the last one only the first token asks, all others are only asked."""
        last = self.weights.layers - 1
        at = f"encoder.layer.{last}."
        rows = self.layers(rows, last)
        width = self.constant("width", np.array([self.hidden], np.int64))
        texts = self.node("Reshape", [rows, self.node("Concat", [self.shape, width], "shape.3d", axis=0)], "texts")
        start = self.constant("start", np.array(0, np.int64))
        asking = self.node("Gather", [texts, start], "asking", axis=1)
        query = self.linear(asking, [at + "attention.self.query"])
        query = self.node("Unsqueeze", [query, self.second], at + "query")
        pair_width = self.constant("pair.width", np.array([2 * self.hidden], np.int64))
        pair_shape = self.node("Concat", [self.shape, pair_width], "pair.shape", axis=0)
        parts = self.projected(rows, at, ["key", "value"], pair_shape)
        return self.feed_forward(self.attend([query, *parts], asking, at), at)

    def projected(self, rows: str, at: str, parts: list[str], shape: str) -> list[str]:
        """Rows through these projections side by side: (batch, tokens, hidden) each."""
        from onnx import helper

        names = [f"{at}attention.self.{part}" for part in parts]
        joined = self.node("Reshape", [self.linear(rows, names), shape], at + "qkv")
        outputs = [name + ".output" for name in names]
        split = helper.make_node("Split", [joined], outputs, name=at + "split", axis=-1, num_outputs=len(parts))
        self.nodes.append(split)
        return outputs

    def attend(self, parts: list[str], rows: str, at: str) -> str:
        """Query, key and value → rows + what was attended to, normalised."""
        attended = self.node("MultiHeadAttention", parts, at + "attention", CONTRIB, num_heads=self.weights.heads)
        attended = self.node("Reshape", [attended, self.as_rows], at + "attended")
        attended = self.linear(attended, [at + "attention.output.dense"])
        return self.normalise(self.node("Add", [attended, rows], at + "sum.1"), at + "attention.output.LayerNorm")

    def feed_forward(self, rows: str, at: str) -> str:
        inner = self.linear(rows, [at + "intermediate.dense"])
        inner = self.node("Gelu", [inner], at + "gelu")
        inner = self.linear(inner, [at + "output.dense"])
        return self.normalise(self.node("Add", [inner, rows], at + "sum.2"), at + "output.LayerNorm")

    def heads(self) -> list[Any]:
        """The outputs of a cross-encoder; a reader needs all tokens of the last layer, another the first alone."""
        from onnx import TensorProto, helper

        shapes: dict[str, list[str | int]] = {}
        if self.weights.has_spans:
            rows = self.layers(self.embed())
            width = self.constant("width", np.array([self.hidden], np.int64))
            texts = self.node("Reshape", [rows, self.node("Concat", [self.shape, width], "shape.3d", axis=0)], "texts")
            first = self.node("Gather", [texts, self.constant("start", np.array(0, np.int64))], "first", axis=1)
            shapes[self.logit(first)] = ["batch"]
            shapes[self.node("Identity", [self.product(texts, [SPANS])], SPANS)] = ["batch", "tokens", 2]
        else:
            shapes[self.logit(self.first_token(self.embed()))] = ["batch"]
        return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]

    def logit(self, rows: str) -> str:
        """The head of Hugging Face: dense, tanh, one output; in float32, for it is small and decides the order."""
        pooled = self.node("Tanh", [self.product(rows, ["pooler.dense"])], "pooled")
        return self.node("Squeeze", [self.product(pooled, ["classifier"]), self.last], "logit")

    def linear(self, rows: str, layers: list[str]) -> str:
        """rows @ weightᵀ + bias, for the named linear layers side by side, in the graph's precision."""
        self.inputs[layers[0]] = rows
        if self.precision == "fp32":
            return self.product(rows, layers)
        if not self.ranges:
            return self.scaled_by_token(rows, layers)
        if rows.endswith(".gelu"):
            return self.scaled_by_maximum(rows, layers)
        return self.scaled_by_channel(rows, layers)

    def joined(self, layers: list[str]) -> tuple[NDArray[np.float32], str]:
        """The weights (out, in) of linear layers side by side, and their bias as a constant."""
        weight = np.concatenate([self.tensor(layer + ".weight") for layer in layers])
        bias = np.concatenate([self.tensor(layer + ".bias") for layer in layers])
        return weight, self.constant(layers[0] + ".bias", bias)

    def product(self, rows: str, layers: list[str]) -> str:
        """`linear` in float32."""
        weight, bias = self.joined(layers)
        at = layers[0]
        product = self.node("MatMul", [rows, self.constant(at + ".weight", weight.T)], at + ".product")
        return self.node("Add", [product, bias], at + ".sum")

    def scaled_by_channel(self, rows: str, layers: list[str]) -> str:
        """`linear` in int8 with one fixed scale per channel; multiplying by it again is left to the weights."""
        at = layers[0]
        weight, bias = self.joined(layers)
        seen = np.maximum(self.ranges[at], np.float32(1e-6))
        scale = seen**SMOOTHING / np.maximum(np.abs(weight).max(axis=0), np.float32(1e-6)) ** (1 - SMOOTHING)
        scale *= (seen / scale).max() / np.float32(127)
        smooth = self.node("Mul", [rows, self.constant(at + ".smooth", (1 / scale).astype(np.float32))], at + ".even")
        levels = self.node("QuantizeLinear", [smooth, self.one, self.zero_point], at + ".levels")
        return self.integer_product(levels, at, weight * scale, [self.zero_point, "", bias])

    def scaled_by_maximum(self, rows: str, layers: list[str]) -> str:
        """`linear` in int8 with one scale per token, for values that are hardly ever below zero."""
        at = layers[0]
        weight, bias = self.joined(layers)
        room = np.float32(1 / (255 - GELU_ZERO_POINT)), np.float32(GELU_MINIMUM / GELU_ZERO_POINT)
        largest = self.node("ReduceMax", [rows, self.last], at + ".max", keepdims=1)
        step = self.node("Mul", [largest, self.constant(at + ".room", room[0])], at + ".room.above")
        step = self.node("Max", [step, self.constant(at + ".least", room[1])], at + ".step")
        zero_point = self.constant(at + ".zero_point", np.uint8(GELU_ZERO_POINT))
        steps = self.node("Squeeze", [step, self.last], at + ".steps")
        zero_points = self.node("Expand", [zero_point, self.node("Shape", [steps], at + ".count")], at + ".zero_points")
        levels = self.node("QuantizeLinear", [rows, steps, zero_points], at + ".levels", axis=0)
        product = self.integer_product(levels, at, weight, [zero_point])
        return self.node("Add", [self.node("Mul", [product, step], at + ".scaled"), bias], at + ".sum")

    def integer_product(self, levels: str, at: str, weight: NDArray[np.float32], rest: list[str]) -> str:
        quantised, scales = quantise_weight(weight, self.draw)
        kernel = [self.constant(at + ".weight", quantised), self.one, self.constant(at + ".scales", scales)]
        return self.node("MatMulIntegerToFloat", [levels, *kernel, *rest], at + ".product", CONTRIB)

    def scaled_by_token(self, rows: str, layers: list[str]) -> str:
        """`linear` in int8 with one scale per token."""
        at = layers[0]
        weight, bias = self.joined(layers)
        largest = self.node("ReduceMax", [self.node("Abs", [rows], at + ".abs"), self.last], at + ".max", keepdims=1)
        step = self.node("Mul", [largest, self.per_step], at + ".step")
        steps = self.node("Squeeze", [step, self.last], at + ".steps")
        levels = self.node("QuantizeLinear", [rows, steps, self.zero_points], at + ".levels", axis=0)
        product = self.integer_product(levels, at, weight, [self.zero_point])
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
