"""ONNX graphs ready to run, opened as a guest on a shared machine should: one thread, and no spinning."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wenyuan.errors import Damaged
from wenyuan.types import Vector

if TYPE_CHECKING:
    from pathlib import Path

Network = Callable[[NDArray[np.int64]], Vector]
"""(batch, tokens) numbers of tokens, nothing padded → (batch, d) vectors of texts or (batch, tokens, d) of tokens."""

# onnxruntime 1.32 runs this fused operator in a scalar loop that takes seven times as long as its parts.
SLOW_FUSIONS = ["SkipLayerNormFusion"]
ONLY_ERRORS = 3


def open_onnx(graph: Path, threads: int = 1) -> Network:
    """The network of an ONNX file, on CPU; Damaged when the file cannot be read."""
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf, NoSuchFile

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ONLY_ERRORS
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # else idle threads burn a shared machine
    try:
        session = onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOW_FUSIONS
        )
    except (Fail, InvalidGraph, InvalidProtobuf, NoSuchFile) as error:
        reason = str(error).splitlines()[0]
        raise Damaged(f"{graph} is not a readable ONNX graph ({reason}): install the model again.") from error
    names = [wanted.name for wanted in session.get_inputs()]

    def run(ids: NDArray[np.int64]) -> Vector:
        offered = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        vectors: Vector = session.run(None, {name: offered[name] for name in names})[0]
        return vectors

    return run
