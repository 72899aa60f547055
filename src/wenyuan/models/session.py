"""ONNX graphs ready to run, opened as a guest on a shared machine should: one thread, and no spinning."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from wenyuan.errors import Damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from wenyuan.types import Vector

TOKENS_PER_RUN = 512  # more gains no speed on a CPU and costs memory


class Network(Protocol):
    """A model ready to run; nothing is padded, all texts of a batch have the same length."""

    def __call__(self, ids: NDArray[np.int64], types: NDArray[np.int64] | None = None) -> Vector:
        """(batch, tokens) numbers of tokens, and of their types (0 without) → what the model gives, float32."""
        ...


# onnxruntime 1.32 runs this fused operator in a scalar loop that takes seven times as long as its parts.
SLOW_FUSIONS = ["SkipLayerNormFusion"]
ONLY_ERRORS = 3


def first_output(heads: Callable[..., list[Vector]]) -> Network:
    """What gives the first output of a graph whose outputs these are."""

    def run(ids: NDArray[np.int64], types: NDArray[np.int64] | None = None) -> Vector:
        return heads(ids, types)[0]

    return run


def open_outputs(graph: Path | bytes, threads: int = 1) -> Callable[..., list[Vector]]:
    """What is called like a `Network` and gives all outputs of an ONNX graph; Damaged where it cannot be read."""
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import (
        Fail,
        InvalidArgument,
        InvalidGraph,
        InvalidProtobuf,
        NoSuchFile,
    )

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ONLY_ERRORS
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # else idle threads burn a shared machine
    try:
        session = onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOW_FUSIONS
        )
    except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile) as error:
        reason = str(error).splitlines()[0]
        name = graph if isinstance(graph, Path) else "A network in memory"
        raise Damaged(f"{name} is not a readable ONNX graph ({reason}): install the model again.") from error
    names = [wanted.name for wanted in session.get_inputs()]

    def run(ids: NDArray[np.int64], types: NDArray[np.int64] | None = None) -> list[Vector]:
        types = np.zeros_like(ids) if types is None else types
        offered = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}
        outputs: list[Vector] = session.run(None, {name: offered[name] for name in names})
        return outputs

    return run


def with_output(graph: bytes, tensor: str) -> bytes:
    """The serialised graph, giving this float32 tensor of its own as a further output.

    Protobuf joins a message that occurs twice, so the output can be appended as bytes: ModelProto.graph (field 7) >
    GraphProto.output (12) > ValueInfoProto.name (1) and .type (2) > TypeProto.tensor_type (1) > elem_type (1) = FLOAT.
    """
    output = _field(1, tensor.encode()) + _field(2, _field(1, b"\x08\x01"))
    return graph + _field(7, _field(12, output))


def _field(number: int, content: bytes) -> bytes:
    """A length-delimited protobuf field; what is written here is shorter than 128 bytes."""
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Positions of texts of equal length in tokens, at most `TOKENS_PER_RUN` tokens together, short ones first."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    for length, group in groupby(order, key=lengths.__getitem__):
        members, size = list(group), max(1, TOKENS_PER_RUN // length)
        yield from (members[at : at + size] for at in range(0, len(members), size))
