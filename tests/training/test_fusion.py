"""Training a policy of the legs' weights: what can be foreseen is, what cannot is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from wenyuan.errors import WrongUse
from wenyuan.models.leg_policy import EnsemblePolicy
from wenyuan.training.data.weighted import SHIFTS, Weighted
from wenyuan.training.fusion import fit_trees, foresee, train_policy

NAMES = ("useful", "noise", "more noise")


def questions(name: str, n: int = 400, *, seed: int = 0, foreseeable: bool = True) -> Weighted:
    """The last shift gains where the first feature is high and costs elsewhere, or by chance."""
    rng = np.random.default_rng(seed)
    features = rng.random((n, len(NAMES))).astype(np.float32)
    values = np.full((n, 1 + len(SHIFTS)), 0.5)
    helped = (features[:, 0] if foreseeable else rng.random(n)) > 0.6
    values[:, -1] += np.where(helped, 0.3, -0.2)
    return Weighted(name, features, values)


def test_what_can_be_foreseen_is_learnt_and_written(tmp_path: Path) -> None:
    sets = [questions(name, seed=n) for n, name in enumerate("abc")]
    artefact, foreseen = train_policy(sets, tmp_path / "mine", NAMES, "words@1", "minmax", "recipe")
    assert foreseen.mean > 0.05
    assert set(foreseen.gains) == set(foreseen.acts) == set("abc")
    assert all(0.2 < acts < 0.6 for acts in foreseen.acts.values())
    assert artefact.card.scores["held out, mean"] == pytest.approx(foreseen.mean, abs=1e-5)
    assert (artefact.card.kind, artefact.card.source, artefact.card.recipe) == ("fusion", "words@1", "recipe")
    policy = EnsemblePolicy(artefact)
    assert policy.features == list(NAMES)
    high, low = (policy.gains(np.array([x, 0.5, 0.5], np.float32)) for x in (0.9, 0.1))
    assert int(high.argmax()) == len(SHIFTS) - 1
    assert high.max() >= policy.threshold > low.max()


def test_the_trees_say_what_those_of_scikit_learn_say() -> None:
    from sklearn.ensemble import ExtraTreesRegressor

    only = questions("a")
    trees = fit_trees([only])
    model = ExtraTreesRegressor(60, max_depth=8, min_samples_leaf=20, max_features=0.5, random_state=0)
    model.fit(only.features, only.gains, np.ones(len(only.features)))
    ours = [trees.expected(row)[0] for row in only.features]
    np.testing.assert_allclose(ours, model.predict(only.features), atol=1e-5)


def test_what_is_chance_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    sets = [questions(name, seed=n, foreseeable=False) for n, name in enumerate("abc")]
    with pytest.raises(WrongUse, match="keep those, or train on questions more like those to come"):
        train_policy(sets, tmp_path / "mine", NAMES, "words@1", "minmax", "recipe")
    assert not (tmp_path / "mine").exists()


def test_a_policy_that_costs_a_set_is_refused() -> None:
    good, bad = questions("a", seed=1), questions("b", seed=2)
    bad.values[:, 1:] = 1 - bad.values[:, 1:]
    with pytest.raises(WrongUse, match="No policy surely gains"):
        foresee([good, questions("c", seed=3), bad])


def test_a_set_that_is_alone_is_parted(tmp_path: Path) -> None:
    _, foreseen = train_policy([questions("a", 1200)], tmp_path / "mine", NAMES, "words@1", "minmax", "recipe")
    assert list(foreseen.gains) == [f"a, part {n}" for n in (1, 2, 3, 4)]


def test_too_few_questions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="b has 39 questions"):
        train_policy([questions("a"), questions("b", 39)], tmp_path / "mine", NAMES, "words@1", "minmax", "recipe")
