"""Models worth naming, by language and stage: what `wenyuan models list` shows.

Licences are as the models' pages state them; sizes are of the float32 weights, except for the shipped ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wenyuan.types import Language

ModelStage = Literal["encoder", "reranker", "base"]
Need = Literal["", "huggingface_hub", "wenyuan[train]"]


@dataclass(frozen=True, slots=True)
class Preset:
    """A model one can name in the settings, or start training from (stage "base")."""

    name: str
    model: str  # shipped name or "hf:org/name"
    languages: tuple[Language, ...]
    stage: ModelStage
    size_mb: int
    licence: str
    good_for: str
    needs: Need = "huggingface_hub"  # what to install beside wenyuan: the last for those without an ONNX graph

    @property
    def shipped(self) -> bool:
        """Whether it comes with wenyuan and works offline."""
        return not self.model.startswith("hf:")


PRESETS: tuple[Preset, ...] = (
    Preset(
        "embed", "embed", ("zh", "en"), "encoder", 49, "MIT", "the default: both languages, offline, small, fast", ""
    ),
    Preset(
        "multilingual-e5-small",
        "hf:intfloat/multilingual-e5-small",
        ("zh", "en"),
        "encoder",
        471,
        "MIT",
        "what `embed` was made of, with the words of a hundred languages",
    ),
    Preset(
        "multilingual-e5-base",
        "hf:intfloat/multilingual-e5-base",
        ("zh", "en"),
        "encoder",
        1112,
        "MIT",
        "both languages, better and 4 times slower",
    ),
    Preset(
        "multilingual-e5-large",
        "hf:intfloat/multilingual-e5-large",
        ("zh", "en"),
        "encoder",
        2240,
        "MIT",
        "both languages, the largest of its family",
    ),
    Preset("bge-m3", "hf:BAAI/bge-m3", ("zh", "en"), "encoder", 2271, "MIT", "both languages, texts up to 8192 tokens"),
    Preset(
        "bge-small-zh-v1.5",
        "hf:BAAI/bge-small-zh-v1.5",
        ("zh",),
        "encoder",
        96,
        "MIT",
        "Chinese alone, small",
        "wenyuan[train]",
    ),
    Preset(
        "all-minilm-l6-v2",
        "hf:sentence-transformers/all-MiniLM-L6-v2",
        ("en",),
        "encoder",
        91,
        "Apache-2.0",
        "English alone, small and fast",
    ),
    Preset(
        "all-mpnet-base-v2",
        "hf:sentence-transformers/all-mpnet-base-v2",
        ("en",),
        "encoder",
        438,
        "Apache-2.0",
        "English alone, best of its family",
    ),
    Preset(
        "multi-qa-minilm-l6-cos-v1",
        "hf:sentence-transformers/multi-qa-MiniLM-L6-cos-v1",
        ("en",),
        "encoder",
        91,
        "not stated",
        "English questions to passages",
    ),
    Preset(
        "rerank",
        "rerank",
        ("zh", "en"),
        "reranker",
        35,
        "Apache-2.0",
        "the default: both languages, offline, one core",
        "",
    ),
    Preset(
        "ms-marco-minilm-l-6-v2",
        "hf:cross-encoder/ms-marco-MiniLM-L-6-v2",
        ("en",),
        "reranker",
        91,
        "Apache-2.0",
        "English, small",
    ),
    Preset("bge-reranker-base", "hf:BAAI/bge-reranker-base", ("zh", "en"), "reranker", 1112, "MIT", "both languages"),
    Preset(
        "bge-reranker-large",
        "hf:BAAI/bge-reranker-large",
        ("zh", "en"),
        "reranker",
        2240,
        "MIT",
        "both languages, larger",
    ),
    Preset(
        "bge-reranker-v2-m3",
        "hf:BAAI/bge-reranker-v2-m3",
        ("zh", "en"),
        "reranker",
        2271,
        "Apache-2.0",
        "both languages, long passages; a teacher",
        "wenyuan[train]",
    ),
    Preset(
        "chinese-roberta-wwm-ext",
        "hf:hfl/chinese-roberta-wwm-ext",
        ("zh",),
        "base",
        409,
        "Apache-2.0",
        "to train a Chinese encoder or reranker from",
        "wenyuan[train]",
    ),
    Preset(
        "chinese-macbert-base",
        "hf:hfl/chinese-macbert-base",
        ("zh",),
        "base",
        409,
        "Apache-2.0",
        "the same, pre-trained on synonyms",
        "wenyuan[train]",
    ),
    Preset(
        "ernie-3.0-base-zh",
        "hf:nghuyong/ernie-3.0-base-zh",
        ("zh",),
        "base",
        472,
        "Apache-2.0",
        "the same, with knowledge of entities",
        "wenyuan[train]",
    ),
    Preset(
        "mengzi-t5-base",
        "hf:Langboat/mengzi-t5-base",
        ("zh",),
        "base",
        990,
        "Apache-2.0",
        "to train a Chinese query rewriter from",
        "wenyuan[train]",
    ),
)
