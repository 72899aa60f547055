"""Which library runs a network: torch for safetensors, for an ONNX graph the faster of two on this machine."""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from wenyuan.errors import MissingExtra, WrongModel
from wenyuan.models.openvino_network import OpenVinoGraph
from wenyuan.models.session import Network, first_output, open_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from wenyuan.types import Vector

Runtime = Literal["auto", "onnxruntime", "openvino"]

TOKENS, ROUNDS, SECONDS = 200, 3, 0.5  # of the race: a text's length, runs of each, when no further round begins
ADVANTAGE = 0.9  # bfloat16 rounds scores, so OpenVINO must save a tenth of the time
AGREEMENT = 0.05  # largest difference of what the two give, beside 1 or beside the value: more is an error, no rounding


class Opened(NamedTuple):
    """A network and the library that runs it."""

    network: Network
    library: str
    heads: Callable[..., list[Vector]] | None = None  # called like the network, it gives all outputs of the graph


def open_network(
    file: Path, threads: int = 1, *, scores: bool = False, runtime: Runtime = "onnxruntime", max_tokens: int = TOKENS
) -> Opened:
    """The network of an ONNX file or of safetensors (then by torch): of vectors, or of `scores`, (batch, 1).

    "auto" races OpenVINO, where it is installed, against onnxruntime for a graph without int8 weights: once, for less
    than a second with a network of our size, and with texts of at most `max_tokens`.

    Raises:
        Damaged: the file cannot be read.
        MissingExtra, WrongModel: the library asked for is not installed, or cannot run this network.
    """
    if file.suffix == ".safetensors":
        from wenyuan.models.torch_network import open_torch

        if runtime == "openvino":
            raise WrongModel(f'OpenVINO cannot run {file}, which is no ONNX graph: set the runtime to "auto".')
        return Opened(open_torch(file.parent, threads, scores=scores), "torch")
    if runtime == "openvino":
        graph = OpenVinoGraph(file)
        if graph.quantised():
            raise WrongModel(f'{file} has int8 weights, for which OpenVINO is too slow: set the runtime to "auto".')
        return Opened(graph.network(threads), "openvino")
    heads = open_outputs(file, threads)
    exact = Opened(first_output(heads), "onnxruntime", heads)
    if runtime == "onnxruntime":
        return exact
    try:
        graph = OpenVinoGraph(file)
        if graph.quantised():
            return exact
        other = Opened(graph.network(threads), "openvino")
    except (MissingExtra, WrongModel):
        return exact
    return other if _wins(other.network, exact.network, min(TOKENS, max_tokens)) else exact


def check_runtime(runtime: Runtime) -> None:
    """MissingExtra when the library asked for is not installed; nothing is loaded."""
    if runtime == "openvino" and find_spec("openvino") is None:
        raise MissingExtra("The runtime \"openvino\" needs its extra: `pip install 'wenyuan[openvino]'`.")


def _wins(other: Network, exact: Network, tokens: int) -> bool:
    """Whether the other network gives the same and is clearly faster."""
    texts = _texts(tokens)
    first = next(texts)
    theirs, ours = other(first), exact(first)  # the first run of each also sets it up
    if not np.allclose(theirs, ours, rtol=AGREEMENT, atol=AGREEMENT):
        return False
    times: dict[Network, list[float]] = {other: [], exact: []}
    ends = time.perf_counter() + SECONDS
    for text in texts:
        for network, spent in times.items():
            started = time.perf_counter()
            network(text)
            spent.append(time.perf_counter() - started)
        if time.perf_counter() > ends:
            break
    return min(times[other]) < ADVANTAGE * min(times[exact])


def _texts(tokens: int) -> Iterator[NDArray[np.int64]]:
    """Each a little shorter than the one before: in use, too, most lengths are new."""
    for less in range(ROUNDS + 1):
        yield np.arange(max(2, tokens - less), dtype=np.int64)[None] % 32  # every vocabulary has so many tokens
