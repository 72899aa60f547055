"""Makes a cross-encoder smaller by its rarest words: a network of few layers is mostly its table of words.

Single characters come before words, so that what is dropped falls into smaller pieces and nothing becomes unknown.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

from wenyuan.errors import WrongUse
from wenyuan.training.export.hugging_face import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SPACE = "▁"  # how a Unigram tokenizer writes a space
_TEXTS = 1000  # tokenised at once


def prune_vocabulary(folder: Path, out: Path, texts: Iterable[str], pieces: int) -> Path:
    """Write the Hugging Face BERT cross-encoder in `folder` to `out` with a vocabulary of `pieces`, in their old order.

    These are the special tokens, then single characters, then words, the most frequent in `texts` first.

    Raises:
        WrongUse: its tokenizer is not of the kind Unigram, or `pieces` cannot hold its special tokens.
    """
    from safetensors.numpy import load_file, save_file

    tokenizer: dict[str, Any] = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    if tokenizer["model"]["type"] != "Unigram":
        raise WrongUse(f"{folder} has a tokenizer of type {tokenizer['model']['type']}: only Unigram can be pruned.")
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    named = {name: value for name, value in config.items() if name.endswith("_token_id") and value is not None}
    special = {tokenizer["model"]["unk_id"], *named.values(), *(token["id"] for token in tokenizer["added_tokens"])}
    if pieces < len(special):
        raise WrongUse(f"{pieces} pieces cannot hold the {len(special)} special tokens of {folder}: keep more.")
    keep = _kept(folder, tokenizer, special, texts, pieces)
    number = {old: new for new, old in enumerate(keep)}
    ids = {name: number[value] for name, value in named.items()}
    tensors = load_file(folder / "model.safetensors")
    words = next(name for name in tensors if name.endswith(WORDS))
    out.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.json"):
        shutil.copyfile(file, out / file.name)
    save_file(tensors | {words: tensors[words][keep]}, out / "model.safetensors", {"format": "pt"})
    _write(out / "config.json", config | ids | {"vocab_size": len(keep)})
    _write(out / "tokenizer.json", prune_tokenizer(tokenizer, keep))
    return out


def prune_tokenizer(tokenizer: dict[str, Any], keep: Sequence[int]) -> dict[str, Any]:
    """The tokenizer of the kept pieces, numbered anew from 0; special tokens not kept are dropped."""
    number = {old: new for new, old in enumerate(keep)}
    model, processor = tokenizer["model"], tokenizer["post_processor"]
    special = {
        name: token | {"ids": [number[n] for n in token["ids"]]} for name, token in processor["special_tokens"].items()
    }
    return tokenizer | {
        "added_tokens": [
            token | {"id": number[token["id"]]} for token in tokenizer["added_tokens"] if token["id"] in number
        ],
        "post_processor": processor | {"special_tokens": special},
        "model": model | {"unk_id": number[model["unk_id"]], "vocab": [model["vocab"][n] for n in keep]},
    }


def _kept(folder: Path, tokenizer: dict[str, Any], special: set[int], texts: Iterable[str], pieces: int) -> list[int]:
    """Numbers of the pieces that stay, ascending."""
    counts = _counts(folder, texts)
    long = [len(piece.removeprefix(SPACE)) > 1 for piece, _ in tokenizer["model"]["vocab"]]
    ranked = sorted(range(len(long)), key=lambda n: (n not in special, long[n], -counts[n], n))
    return sorted(ranked[:pieces])


def _counts(folder: Path, texts: Iterable[str]) -> Counter[int]:
    """How often each piece is in the texts, which are read whole: a trained tokenizer cuts and pads them."""
    from tokenizers import Tokenizer

    cut = Tokenizer.from_file(str(folder / "tokenizer.json"))
    cut.no_truncation()
    cut.no_padding()
    counts: Counter[int] = Counter()
    left = iter(texts)
    while some := list(islice(left, _TEXTS)):
        for encoding in cut.encode_batch_fast(some, add_special_tokens=False):
            counts.update(encoding.ids)
    return counts


def _write(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
