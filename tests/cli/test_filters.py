"""`--where`, `--filter`, `--meta` and `--leg` as they are typed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from commands import Wenyuan
from wenyuan.cli.filters import asked_settings, parse_filter, parse_legs, parse_metadata
from wenyuan.errors import WrongUse
from wenyuan.recall import LEGS
from wenyuan.types import And, Condition, Not


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (["--where", "source=docs/pump.md"], ["docs/pump.md"]),
        (["--where", "source!=docs/pump.md"], ["docs/泵.md"]),
        (["--where", "type=md,pdf"], ["docs/pump.md", "docs/泵.md"]),
        (["--where", "time<2000-01-01"], []),
        (["--where", "time>=2000-01-01T00:00+08:00", "--where", "source=docs/pump.md"], ["docs/pump.md"]),
        (["--filter", '{"not": {"field": "source", "op": "eq", "value": "docs/pump.md"}}'], ["docs/泵.md"]),
        (["--filter", '{"field": "source", "op": "in", "value": ["docs/pump.md"]}'], ["docs/pump.md"]),
    ],
)
def test_filters(filled: Wenyuan, where: list[str], expected: list[str]) -> None:
    hits = filled("search", "滤芯 warranty", "--json", *where).json["hits"]
    assert sorted(hit["document"] for hit in hits) == expected


class Equal:
    """A reranker that likes all passages as well."""

    id, max_tokens = "equal@1", 512

    def score(self, query: str, passages: Sequence[str]) -> np.ndarray:
        return np.zeros(len(passages), np.float32)

    def truncated(self) -> int:
        return 0


@pytest.mark.parametrize("leg", ["bm25", "dense"])
def test_a_leg_alone_has_its_own_order_unless_reranking_is_asked_for(
    filled: Wenyuan, leg: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WENYUAN_RERANK__MODEL", "equal")
    monkeypatch.setattr("wenyuan.engine.opening.load_cross_encoder", lambda *_: Equal())
    found = filled("search", "滤芯", "--leg", leg, "--json").json
    assert set(found["hits"][0]["legs"]) == {leg}
    assert "rerank" not in found["timings_ms"]
    assert "rerank" in filled("search", "滤芯", "--leg", leg, "--rerank", "--json").json["timings_ms"]
    assert "rerank" not in filled("search", "滤芯", "--no-rerank", "--json").json["timings_ms"]


def test_tests_and_tree_hold_together() -> None:
    pdf = Condition("type", "eq", "pdf")
    assert parse_filter([], None) is None
    assert parse_filter(["type=pdf"], None) == pdf
    assert parse_filter(["type=pdf"], '{"not": {"field": "lang", "op": "eq", "value": "zh"}}') == And(
        (pdf, Not(Condition("lang", "eq", "zh")))
    )


@pytest.mark.parametrize(
    ("where", "tree", "said"),
    [(["type"], None, "^--where "), ([], "{", "^--filter is not valid JSON"), ([], '{"field": "type"}', "^--filter ")],
)
def test_a_filter_that_cannot_be_read_names_its_option(where: list[str], tree: str | None, said: str) -> None:
    with pytest.raises(WrongUse, match=said):
        parse_filter(where, tree)


def test_metadata_has_types_and_lists() -> None:
    pairs = ["product=X100,X200", "version = 3", "draft=true", "note=a=b"]
    assert parse_metadata(pairs) == {"product": ("X100", "X200"), "version": 3, "draft": True, "note": "a=b"}
    for pair in ("product", "=x"):
        with pytest.raises(WrongUse, match=r"--meta '.*' is not key=value"):
            parse_metadata([pair])


def test_what_is_asked_without_is_off_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "wenyuan.toml").write_text('[llm]\nurl = "http://x/v1"\nmodel = "m"\n', "utf-8")
    whole = asked_settings(tmp_path, constraints=True)
    assert (whole.understand.constraints, whole.llm.url) == (True, "http://x/v1")
    less = asked_settings(tmp_path, constraints=False, llm=False)
    assert (less.understand.constraints, less.llm.url) == (False, "")


def test_legs() -> None:
    assert parse_legs("bm25") == ("bm25",)
    assert parse_legs("fused") == LEGS
    with pytest.raises(WrongUse, match="bm26"):
        parse_legs("bm26")
