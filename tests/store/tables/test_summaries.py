"""Summaries of sections: in and out with their documents, searched by dot product, within a filter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from archives import change, dense, digest, open_archive
from wenyuan.errors import WrongUse
from wenyuan.store.archive import Archive
from wenyuan.types import WHOLE, And, Candidate, Condition, Filter, Not, Summary, Vector

TEXTS = ["alpha", "beta", "gamma", "delta"]


def summarised(name: str, texts: list[str], *bounds: tuple[int, int], **metadata):
    """A change whose sections first … last have summaries whose vectors are those of their first chunk."""
    made = change(name, texts, **metadata)
    own = [
        Summary(
            first,
            last,
            digest("".join(texts[first : last + 1])),
            " ".join(texts[first : last + 1]),
            dense(texts[first]),
        )
        for first, last in bounds
    ]
    return replace(made, summaries=own), [each.id for each in made.chunks]


def searched(archive: Archive, vector: Vector, k: int, filter: Filter | None = None) -> list[Candidate]:
    with archive.view(WHOLE) as view:
        return archive.sections.search(view, vector, k, filter)


def counted(archive: Archive) -> int:
    with archive.view(WHOLE) as view:
        return archive.sections.count(view)


def chunks(found) -> list[int]:
    return [each.chunk for each in found]


def test_a_section_is_found_by_its_summary_as_its_nearest_chunk(tmp_path: Path) -> None:
    with open_archive(tmp_path) as archive:
        one, ids = summarised("a.md", TEXTS, (0, 1), (2, 3))
        archive.replace([one])
        asked = dense("alpha") + 0.9 * dense("beta")
        [first, second] = searched(archive, asked, 5)
        assert first.chunk == ids[0]
        assert np.isclose(first.score, dense("alpha").astype(np.float16) @ asked, atol=1e-2)
        assert second.chunk in ids[2:]
        assert second.score < first.score
        assert chunks(searched(archive, dense("alpha") + 1.5 * dense("beta"), 1)) == [ids[1]]
        assert counted(archive) == 2


def test_filters_hold(tmp_path: Path) -> None:
    with open_archive(tmp_path) as archive:
        one, ids = summarised("a.md", TEXTS, (0, 3), product="P1")
        two, others = summarised("b.md", TEXTS, (0, 3), product="P2")
        archive.replace([one, two])
        vector = dense("alpha")
        assert set(chunks(searched(archive, vector, 5))) == {ids[0], others[0]}
        assert chunks(searched(archive, vector, 5, Condition("product", "eq", "P2"))) == [others[0]]
        assert chunks(searched(archive, vector, 1, Not(Condition("document", "eq", "b.md")))) == [ids[0]]
        assert searched(archive, vector, 5, Condition("product", "eq", "P3")) == []


def test_edits_and_deletes_are_kept_in_step(tmp_path: Path) -> None:
    with open_archive(tmp_path) as archive:
        one, ids = summarised("a.md", TEXTS, (0, 1), (2, 3))
        archive.replace([one])
        assert chunks(searched(archive, dense("gamma"), 1)) == [ids[2]]
        assert set(archive.summaries_for([digest("alphabeta"), digest("none")])) == {digest("alphabeta")}
        edited, new = summarised("a.md", ["alpha", "epsilon"], (0, 1))
        archive.replace([edited])
        assert set(chunks(searched(archive, dense("gamma"), 5))) <= set(new)
        archive.replace([change("a.md", ["alpha"])])  # without summaries
        assert searched(archive, dense("alpha"), 5) == []
        archive.replace([one])
        archive.remove(["a.md"])
        assert searched(archive, dense("alpha"), 5) == []
        assert counted(archive) == 0
        assert archive.check() == []


def test_they_survive_closing_and_a_new_index(tmp_path: Path) -> None:
    with open_archive(tmp_path) as archive:
        one, ids = summarised("a.md", TEXTS, (0, 3))
        archive.replace([one])
    with open_archive(tmp_path, repair="index") as archive:
        assert chunks(searched(archive, dense("alpha"), 1)) == [ids[0]]


def test_a_filter_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    with open_archive(tmp_path) as archive, pytest.raises(WrongUse):
        searched(archive, dense("alpha"), 3, And(()))


def test_nothing_stored_and_nothing_asked(tmp_path: Path) -> None:
    with open_archive(tmp_path) as archive:
        assert searched(archive, dense("alpha"), 3) == []
        assert archive.summaries_for([]) == {}
