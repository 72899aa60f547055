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


def open_torch(folder: Path, threads: int = 1, *, scores: bool = False) -> Network:
    """The network of a Hugging Face folder, on CPU: vectors of tokens, or with `scores` the logits of texts.

    Raises:
        MissingExtra, Damaged: torch is not installed, the folder cannot be read.
    """
    try:
        import torch
        from transformers import AutoModel, AutoModelForSequenceClassification
    except ImportError:
        raise MissingExtra(f"{folder} has no ONNX graph and needs torch: `pip install 'wenyuan[train]'`.") from None
    try:
        kind = AutoModelForSequenceClassification if scores else AutoModel
        model = kind.from_pretrained(folder, local_files_only=True, dtype=torch.float32).eval()
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise Damaged(f"The weights in {folder} cannot be read ({reason}): install the model again.") from error
    torch.set_num_threads(threads)

    def run(ids: NDArray[np.int64], types: NDArray[np.int64] | None = None) -> Vector:
        more = {} if types is None or not types.any() else {"token_type_ids": torch.from_numpy(types)}
        with torch.inference_mode():
            result: Vector = model(input_ids=torch.from_numpy(ids), **more)[0].numpy()
        return result

    return run
