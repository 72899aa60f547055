"""Judged questions asked by every weight of the legs: what each shift gains, and what no weight matters for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fakes import word_encoder
from judged_sets import write_set
from wenyuan.errors import WrongUse
from wenyuan.training.data.weighted import SHIFTS, TRAIN, Weighted, ask_weighted
from wenyuan.weigh import FEATURES

CORPUS = {"d1": "the red apple tree", "d2": "the blue plum", "d3": "a green pear tree"}
QUERIES = {"q1": "red apple", "q2": "?!", "q3": "green pear"}
QRELS = {"q1": {"d1": 1}, "q2": {"d2": 1}, "q3": {"d3": 1}}


@pytest.fixture(autouse=True)
def _stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("wenyuan.evaluate.judged.load_encoder", lambda name, threads: word_encoder())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_set(tmp_path / "fruit", CORPUS, QUERIES, QRELS)


def silent(done: int, total: int) -> None:
    pass


def test_what_both_legs_find_is_asked_by_every_shift_and_the_rest_is_told_apart(folder: Path) -> None:
    asked: list[tuple[int, int]] = []
    found = ask_weighted(folder, None, None, lambda done, total: asked.append((done, total)))
    assert asked == [(1, 3), (2, 3), (3, 3)]
    questions = found.questions
    assert questions.name == "fruit"
    assert questions.features.shape == (2, len(FEATURES))
    assert questions.values.shape == (2, 1 + len(SHIFTS))
    assert (questions.values[:, 0] == 1).all()
    assert len(found.alone) == 1, "no word of one is in any document"
    assert (found.encoder, found.normalise, found.texts) == ("words@1", "minmax", {*QUERIES.values()})


def test_a_gain_is_over_the_fixed_weights() -> None:
    weighted = Weighted("a", np.zeros((2, 1), np.float32), np.array([[0.5, 0.75, 0.25], [1.0, 1.0, 0.5]]))
    assert weighted.gains.tolist() == [[0.25, -0.25], [0.0, -0.5]]


def test_a_folder_is_asked_by_its_judgements_to_learn_from_or_by_those_that_are_named(folder: Path) -> None:
    rows = (folder / "qrels" / "test.tsv").read_text().splitlines()
    (folder / "qrels" / "train.tsv").write_text("\n".join(rows[:2]))
    by_split = ask_weighted(folder, None, None, silent, split=TRAIN)
    named = ask_weighted(folder / "qrels" / "train.tsv", None, None, silent)
    assert by_split.questions.name == named.questions.name == "fruit/train"
    assert by_split.texts == named.texts == {"red apple"}
    assert len(ask_weighted(folder, None, 2, silent).texts) == 2


def test_a_folder_without_judgements_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(WrongUse):
        ask_weighted(tmp_path / "empty", None, None, silent)
