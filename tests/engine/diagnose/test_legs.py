"""Where each leg has a document, however deep, and what it would take to be among its candidates."""

from __future__ import annotations

from pathlib import Path

import pytest

from wenyuan.engine.diagnose.legs import LegRank, leg_ranks
from why_cases import Scenario, ladder, made, name

from .trials import trial_of


def ranks(folder: Path, document: str, **settings: dict[str, object]) -> dict[str, LegRank]:
    """Twenty documents that both legs rank alike, and one that holds no word of the question."""
    documents = [*ladder("zebra", 20), made("zebra", 99, dial=0.1, tf=0)]
    with trial_of(Scenario("ladder", documents, []), folder, "zebra", document, **settings) as trial:
        info = trial.view.info(document)
        assert info
        chunks = {chunk.id for chunk in trial.view.neighbours(document, 0, info.chunks)}
        return leg_ranks(trial, trial.run(), chunks)


def test_a_candidate_has_the_rank_of_its_list(tmp_path: Path) -> None:
    for rank in ranks(tmp_path, name("zebra", 3)).values():
        assert (rank.rank, rank.needed) == (4, None)
        assert rank.score is not None


def test_beyond_the_candidates_the_list_is_followed(tmp_path: Path) -> None:
    found = ranks(tmp_path, name("zebra", 12), recall={"candidates": 5})
    assert set(found) == {"dense", "bm25"}
    for rank in found.values():
        assert rank.rank == 13
        assert rank.searched > 13
        assert rank.needed is not None
        assert rank.score is not None
        assert rank.needed > rank.score


def test_a_leg_that_finds_nothing_in_it_has_neither_rank_nor_score(tmp_path: Path) -> None:
    found = ranks(tmp_path, name("zebra", 99), recall={"candidates": 5})
    assert (found["bm25"].rank, found["bm25"].score) == (None, None)
    assert found["dense"].rank == 21
    assert found["dense"].score == pytest.approx(0.1, abs=0.01)
