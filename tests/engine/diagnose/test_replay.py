"""A trace run again gives the order that was recorded, whatever the lists, the settings and the rerankers were."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.engine.diagnose.replay import read_trace, recorded, replay
from wenyuan.engine.flow import Flow
from wenyuan.engine.way import Way
from wenyuan.errors import WrongUse
from wenyuan.settings import Settings
from wenyuan.text.fingerprint import fingerprint
from wenyuan.types import WHOLE, Candidate, Chunk, Fingerprinted, Vector

MARKS = [fingerprint(text).tobytes() for text in ("alpha beta gamma", "alpha beta gamma.", "other things", "保修两年")]


class Lists:
    """A view that finds what it was made with; every third chunk is gone by the time it is fetched."""

    version = 7
    empty = False
    scope = WHOLE

    def __init__(self, legs: dict[str, list[Candidate]]) -> None:
        self.legs = legs

    def search_dense(self, vector, k, filter=None):
        return self.legs["dense"][:k]

    def search_sparse(self, vector, k, filter=None):
        return self.legs["bm25"][:k]

    def fingerprinted(self, ids: Sequence[int]) -> dict[int, Fingerprinted]:
        return {
            n: Fingerprinted(
                Chunk(n, f"d{n % 4}", "title", 0, f"text {n}", 0, 6), MARKS[n * 7 % 4] if n % 2 else bytes([n]) * 64
            )
            for n in ids
            if n % 3
        }

    def states(self, ids: Sequence[int]) -> dict[int, bytes]:
        return {n: str(n).encode() for n in ids}

    def named(self, name: str) -> list[str]:
        return []


class Reader:
    """Encoder, token scorer and reranking model whose scores are drawn."""

    id, dimension, max_tokens = "drawn@1", 2, 512

    def __init__(self, scores: list[float]) -> None:
        self.scores = scores

    def encode_queries(self, texts: Sequence[str]) -> Vector:
        return np.ones((len(texts), 2), np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [1 for _ in texts]

    def score(self, query: str, passages: Sequence[str | bytes]) -> Vector:
        numbers = (int(str(p.decode() if isinstance(p, bytes) else p).split()[-1]) for p in passages)
        return np.array([self.scores[n % len(self.scores)] for n in numbers], np.float32)


ranked = st.dictionaries(st.integers(1, 60), st.floats(-5, 50), max_size=30).map(
    lambda scores: [Candidate(c, s) for c, s in sorted(scores.items(), key=lambda item: (-item[1], item[0]))]
)
settings = st.fixed_dictionaries(
    {
        "fuse": st.fixed_dictionaries(
            {
                "method": st.sampled_from(["weighted", "rrf"]),
                "normalise": st.sampled_from(["minmax", "max", "zscore", "sigmoid"]),
                "dense": st.floats(0, 1),
                "duplicate": st.sampled_from([0.5, 0.9, 1.0]),
            }
        ),
        "rerank": st.fixed_dictionaries(
            {
                "candidates": st.integers(1, 20),
                "coarse": st.sampled_from([0.0, 0.3, 1.0]),
                "fine": st.integers(1, 20),
                "ms": st.sampled_from([None, 0, 1e-6]),
                "weight": st.floats(0, 1),
                "threshold": st.sampled_from([None, 0.0]),
            }
        ),
    }
)
scores = st.lists(st.floats(-9, 9, width=32) | st.just(float("nan")), min_size=1, max_size=9)


@given(dense=ranked, bm25=ranked, given_=settings, scores=scores, k=st.integers(1, 20), rerank=st.booleans())
def test_the_same_hits_come_out(dense, bm25, given_, scores, k, rerank) -> None:
    reader = Reader(scores)
    view = Lists({"dense": dense, "bm25": bm25})
    flow = Flow(Settings.model_validate(given_), reader, None, None, reader, reader)
    result = flow.search(view, "What is it?", k, Way(rerank=rerank))
    record = json.loads(json.dumps(result.trace.as_json(), allow_nan=False))
    assert replay(record) == recorded(record) == [Candidate(hit.chunk.id, hit.score) for hit in result.hits]
    assert record["asked"] == {
        "k": k,
        "version": 7,
        "models": dict.fromkeys(("encoder", "scorer", "reranker"), "drawn@1"),
    }


def test_what_lacks_a_part_is_wrong_use(tmp_path) -> None:
    with pytest.raises(WrongUse, match="lacks a part"):
        replay({"recall": {"legs": {}}, "fuse": None})
    file = tmp_path / "trace.json"
    for content in ("", "3", '{"format": 99}'):
        file.write_text(content)
        with pytest.raises(WrongUse, match="wenyuan search --trace"):
            read_trace(file)
