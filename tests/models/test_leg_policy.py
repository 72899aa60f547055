"""A policy of the legs' weights is read as it was written, and what is no policy is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fakes import word_encoder, write_policy
from wenyuan.errors import Damaged, WrongModel, WrongUse
from wenyuan.models import load_policy
from wenyuan.models.artefact import locate, sha256
from wenyuan.models.leg_policy import POLICY, EnsemblePolicy, Trees
from wenyuan.weigh import FEATURES

ENGLISH = np.zeros(len(FEATURES), np.float32)
CHINESE = np.eye(1, len(FEATURES), dtype=np.float32)[0]


def rewrite(folder: Path, **changed: object) -> None:
    """Change arrays of a policy, and its card with them."""
    with np.load(folder / POLICY) as file:
        arrays = {name: file[name] for name in file.files}
    np.savez_compressed(folder / POLICY, **{k: v for k, v in {**arrays, **changed}.items() if v is not None})
    seal(folder)


def seal(folder: Path) -> None:
    card = replace(locate(str(folder)).card, files={POLICY: sha256(folder / POLICY)})
    card.write(folder)


def test_it_says_what_was_written(tmp_path: Path) -> None:
    policy = load_policy(str(write_policy(tmp_path / "mine")), word_encoder())
    assert policy is not None
    assert policy.id.startswith("mine@")
    assert policy.features == list(FEATURES)
    assert (policy.threshold, policy.normalise) == (0.01, "minmax")
    np.testing.assert_allclose(policy.shifts, [-0.2, 0.2])
    np.testing.assert_allclose(policy.gains(ENGLISH), [-0.01, 0.05])
    np.testing.assert_allclose(policy.gains(CHINESE), [-1.01, -0.95])


def test_the_least_hopeful_member_has_the_word(tmp_path: Path) -> None:
    folder = write_policy(tmp_path / "mine")
    with np.load(folder / POLICY) as file:
        two = {name: np.repeat(file[name], 2, axis=0) for name in ("feature", "cut", "left", "right", "value")}
    two["value"][1] = [0.5, -0.5]
    rewrite(folder, **two, member=np.array([0, 1], np.int16))
    np.testing.assert_allclose(EnsemblePolicy(locate(str(folder))).gains(ENGLISH), [-0.01, -0.5])


def test_it_is_none_for_the_scores_of_another_encoder(tmp_path: Path) -> None:
    assert load_policy(str(write_policy(tmp_path / "mine", encoder="other@1")), word_encoder()) is None


def test_unknown_names_and_other_kinds_are_refused() -> None:
    with pytest.raises(WrongUse, match="There is no model"):
        load_policy("nowhere", word_encoder())
    with pytest.raises(WrongModel, match="wenyuan train fusion"):
        load_policy("intent", word_encoder())


@pytest.mark.parametrize(
    "changed",
    [
        {"cut": None},
        {"threshold": np.array(["a", "b"])},
        {"left": np.full((1, 3), 7, np.int16)},
        {"feature": np.full((1, 3), 99, np.int16)},
        {"member": np.array([3], np.int16)},
        {"value": np.zeros((1, 3, 5), np.float32)},
        {"value": np.zeros((2, 2), np.float32)},
        {"shifts": np.array([{}], object)},
    ],
)
def test_a_broken_file_is_damaged(tmp_path: Path, changed) -> None:
    folder = write_policy(tmp_path / "mine")
    rewrite(folder, **changed)
    with pytest.raises(Damaged, match="train it again"):
        load_policy(str(folder), word_encoder())


def test_a_file_that_is_no_archive_or_not_the_one_of_the_card_is_damaged(tmp_path: Path) -> None:
    folder = write_policy(tmp_path / "mine")
    (folder / POLICY).write_bytes(b"no archive")
    with pytest.raises(Damaged, match="sha256"):
        load_policy(str(folder), word_encoder())
    seal(folder)
    with pytest.raises(Damaged, match="is no policy"):
        load_policy(str(folder), word_encoder())
    (folder / "model.json").write_text(json.dumps({"name": "mine"}))
    with pytest.raises(Damaged, match="not a model card"):
        load_policy(str(folder), word_encoder())


def test_trees_are_walked_to_their_leaves() -> None:
    trees = Trees(
        feature=np.array([[0, 1, 0, 0, 0]], np.int16),
        cut=np.array([[0.5, 2.0, 0, 0, 0]]),
        left=np.array([[1, 3, 2, 3, 4]], np.int16),
        right=np.array([[2, 4, 2, 3, 4]], np.int16),
        value=np.array([[[0], [0], [1], [2], [3]]], np.float32),
        member=np.array([0], np.int16),
        depth=2,
    )
    trees.check(2, 1)
    for features, value in (([1, 0], 1), ([0, 2], 2), ([0, 3], 3)):
        assert trees.expected(np.array(features, np.float32)) == [[value]]
