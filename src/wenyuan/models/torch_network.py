"""Hugging Face weights run by torch (extra `[train]`), for folders without an ONNX graph; imported only for those."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wenyuan.errors import Damaged, MissingExtra

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from wenyuan.models.session import Network
    from wenyuan.types import Vector


def open_torch(folder: Path, threads: int = 1) -> Network:
    """The network of a Hugging Face folder, on CPU; MissingExtra without torch, Damaged when it cannot be read."""
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
