"""Networks ready to run: ONNX graphs by onnxruntime, or Hugging Face weights by torch (extra `[train]`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wenyuan.errors import Damaged, MissingExtra
from wenyuan.types import Vector

if TYPE_CHECKING:
    from pathlib import Path

Network = Callable[[NDArray[np.int64]], Vector]
"""(batch, tokens) numbers of tokens, nothing padded → (batch, d) vectors of texts or (batch, tokens, d) of tokens."""

# onnxruntime 1.32 runs this fused operator in a scalar loop that takes seven times as long as its parts.
SLOW_FUSIONS = ["SkipLayerNormFusion"]
ONLY_ERRORS = 3


def open_network(file: Path, threads: int = 1) -> Network:
    """The network in an ONNX or safetensors file, on CPU.

    Raises:
        Damaged: the file cannot be read.
        MissingExtra: it needs torch, which is not installed.
    """
    return _torch(file.parent, threads) if file.suffix == ".safetensors" else _onnx(file, threads)


def _onnx(graph: Path, threads: int) -> Network:
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


def _torch(folder: Path, threads: int) -> Network:
    try:
        import torch
        from transformers import AutoModel
    except ImportError:
        raise MissingExtra(f"{folder} has no ONNX graph and needs torch: `pip install wenyuan[train]`.") from None
    try:
        model = AutoModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32).eval()
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise Damaged(f"The weights in {folder} cannot be read ({reason}): install the model again.") from error
    torch.set_num_threads(threads)

    def run(ids: NDArray[np.int64]) -> Vector:
        with torch.inference_mode():
            vectors: Vector = model(input_ids=torch.from_numpy(ids)).last_hidden_state.numpy()
        return vectors

    return run
