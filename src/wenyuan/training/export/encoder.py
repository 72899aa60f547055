"""A trained encoder and the one it began as → the weights between them, as an ONNX graph.

What contrastive training gains on its own documents it loses a little on others; the mean of both networks keeps most
of the gain and loses next to nothing (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wenyuan.errors import Damaged, MissingExtra
from wenyuan.training.export.onnx_bert import bert_graph

if TYPE_CHECKING:
    from wenyuan.training.export.weights import BertWeights


def between(start: BertWeights, trained: Path, share: float) -> BertWeights:
    """The tensors of `start` moved by `share` (0–1) towards those of a Hugging Face folder; the words stay.

    Raises:
        Damaged: the folder lacks weights, or they are of another network.
        MissingExtra: safetensors is not installed.
    """
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ImportError:
        raise MissingExtra("Exporting reads safetensors: `pip install 'wenyuan[train]'`.") from None
    try:
        stored = load_file(trained / "model.safetensors")
        ours, theirs = np.float32(1 - share), np.float32(share)
        moved = {name: theirs * stored[name] + ours * value for name, value in start.tensors.items()}
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise Damaged(
            f"The weights in {trained} are not those of an encoder trained from this one ({error})."
        ) from error
    return replace(start, tensors={name: value.astype(np.float32) for name, value in moved.items()})


def write_graph(weights: BertWeights, file: Path, dither: int = 0) -> None:
    """Write the int8 graph; the same weights and seed give the same bytes."""
    file.write_bytes(bert_graph(weights, "int8", dither).SerializeToString(deterministic=True))
