"""ONNX graphs run by OpenVINO (extra `[openvino]`), in bfloat16 where the processor computes in it."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np

from wenyuan.errors import MissingExtra, WrongModel

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from wenyuan.types import Vector

DEVICE = "CPU"


class OpenVinoGraph:
    """A graph that OpenVINO has read but not compiled yet.

    Raises:
        MissingExtra, WrongModel: OpenVINO is not installed, it cannot read the graph.
    """

    def __init__(self, file: Path) -> None:
        try:
            import openvino
        except ImportError:
            raise MissingExtra("OpenVINO needs its extra: `pip install 'wenyuan[openvino]'`.") from None
        self.file = file
        self._core = openvino.Core()
        try:
            self._model = self._core.read_model(file)
        except RuntimeError as error:
            raise self._unfit(error) from error

    def quantised(self) -> bool:
        """Whether there are matrices of int8 or uint8, which OpenVINO reads but neither fast nor exactly computes with.

        Words in blocks of four bits are no matrix, and are made float32 as they are looked up.
        """
        constants = (node for node in self._model.get_ordered_ops() if _is_constant(node))
        small = (node for node in constants if node.get_element_type().get_type_name() in ("i8", "u8"))
        return any(len(node.get_output_shape(0)) == 2 for node in small)

    def _keep_score_exact(self) -> None:
        """Write the last product, where it gives one score, as a sum: sums at the end stay float32.

        In bfloat16 a logit of 8 comes in steps of 1/16, and near passages would be tied.
        """
        from openvino import opset13

        last = [node for node in self._model.get_ordered_ops() if node.get_type_name() == "MatMul"][-1:]
        for node in last:
            rows, weights = node.input_value(0), node.input_value(1)
            turned = node.get_attributes()["transpose_b"]
            if not _is_constant(weights.get_node()) or list(weights.get_shape())[0 if turned else -1] != 1:
                return
            row = weights if turned else opset13.transpose(weights, [1, 0])
            score = opset13.reduce_sum(opset13.multiply(rows, row), [-1], keep_dims=True)
            node.output(0).replace(score.output(0))
            self._model.validate_nodes_and_infer_types()

    def network(self, threads: int = 1) -> OpenVinoNetwork:
        """Compile it for this processor; WrongModel when it has an operator that OpenVINO lacks."""
        bf16 = "BF16" in self._core.get_property(DEVICE, "OPTIMIZATION_CAPABILITIES")
        options = {
            "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,  # a guest on a shared machine takes no core for itself
        }
        try:
            self._keep_score_exact()
            return OpenVinoNetwork(self._core.compile_model(self._model, DEVICE, options))
        except RuntimeError as error:
            raise self._unfit(error) from error

    def _unfit(self, error: RuntimeError) -> WrongModel:
        reason = " ".join(str(error).split())[-200:]
        return WrongModel(f'OpenVINO cannot run {self.file} ({reason}): set the runtime to "onnxruntime".')


class OpenVinoNetwork:
    """A `wenyuan.models.session.Network`; each thread that calls at the same time has a request of its own."""

    def __init__(self, compiled: Any) -> None:  # noqa: ANN401
        self._compiled = compiled
        self._names: list[str] = [wanted.get_any_name() for wanted in compiled.inputs]
        self._idle: SimpleQueue[Any] = SimpleQueue()

    def __call__(self, ids: NDArray[np.int64], types: NDArray[np.int64] | None = None) -> Vector:
        """(batch, tokens) numbers of tokens and of their types → the first output, float32."""
        types = np.zeros_like(ids) if types is None else types
        offered = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}
        try:
            request = self._idle.get_nowait()
        except Empty:
            request = self._compiled.create_infer_request()
        output: Vector = request.infer({name: offered[name] for name in self._names})[0]
        self._idle.put(request)
        return output


def _is_constant(node: Any) -> bool:  # noqa: ANN401
    return bool(node.get_type_name() == "Constant")
