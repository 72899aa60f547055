"""Trains what shifts the weights of the legs by question: randomised regression trees (scikit-learn), seconds on a CPU.

What every shift gains over the fixed weights is known for the training questions; the trees learn to foresee it from
features of the question. A policy must hold on documents unlike those it was trained on: each member is fitted without
one of the sets, and the threshold above which the policy acts is chosen on sets that none of its members has seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wenyuan.errors import MissingExtra, WrongUse
from wenyuan.evaluate.bootstrap import Difference, difference
from wenyuan.evaluate.run import OnQuestion
from wenyuan.models.artefact import CARD, Artefact, ModelCard, sha256
from wenyuan.models.leg_policy import KIND, POLICY, EnsemblePolicy, Trees, save_policy
from wenyuan.training.data.weighted import SHIFTS, TRAIN, Weighted, WeightedSet, ask_weighted
from wenyuan.weigh import FEATURES, choose

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeRegressor

    from wenyuan.types import Vector

THRESHOLDS = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06)
LEAST = 40  # questions of a set
SURE = 2.5  # standard errors above 0 that the mean over those sets must be: several thresholds are tried
_PARTS = 4  # of a set that is alone
LOSS = 0.003  # of nDCG@10 that no set which was left out may lose more than
_TREES, _DEPTH, _LEAF = 60, 8, 20


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the chosen threshold gains on each set when no member has seen it: nDCG@10, and the share it acts on."""

    threshold: float
    gains: Mapping[str, float]
    acts: Mapping[str, float]
    error: float  # standard error of `mean`

    @property
    def mean(self) -> float:
        """The mean gain over the sets, each counting the same."""
        return float(np.mean(list(self.gains.values())))


@dataclass(frozen=True, slots=True)
class PolicyTrial:
    """A policy beside the fixed weights on one set: nDCG@10, and how many of the questions it acts on."""

    name: str
    n: int
    acts: float
    fixed: float
    policy: float
    difference: Difference


def make_policy(
    data: Sequence[Path], dev: Sequence[Path], out: Path, kb: Path | None, limit: int | None, on_question: OnQuestion
) -> tuple[Artefact, Foreseen, list[PolicyTrial]]:
    """Learn a policy from judged sets (see `ask_weighted`), write it into `out`, and try it on the sets in `dev`.

    Raises:
        WrongUse: `out` holds something else, sets do not fit together, or nothing surely gains: nothing is written.
        SourceError: a set cannot be read.
        MissingExtra: scikit-learn is not installed.
    """
    _check_place(out)
    learnt = [ask_weighted(place, kb, limit, on_question, TRAIN) for place in data]
    judged = [ask_weighted(place, kb, limit, on_question) for place in dev]
    _check_sets(learnt, judged)
    names = " ".join(f"--data {each.questions.name}" for each in learnt)
    recipe = f"wenyuan train fusion {names}" + (f" --limit {limit}" if limit else "")
    artefact, foreseen = train_policy(
        [each.questions for each in learnt], out, FEATURES, learnt[0].encoder, learnt[0].normalise, recipe
    )
    policy = EnsemblePolicy(artefact)
    return artefact, foreseen, [try_policy(policy, each) for each in judged]


def try_policy(policy: EnsemblePolicy, asked: WeightedSet) -> PolicyTrial:
    """A paired test of the policy against the fixed weights, over all questions of the set."""
    questions = asked.questions
    chosen = [choose(policy, row)[0] for row in questions.features]
    columns = np.array([0 if best is None else best + 1 for best in chosen], int)
    by_policy = np.concatenate([questions.values[np.arange(len(columns)), columns], asked.alone])
    fixed = np.concatenate([questions.values[:, 0], asked.alone])
    acts = float((columns > 0).sum()) / len(fixed)
    gap = difference(by_policy, fixed)
    return PolicyTrial(questions.name, len(fixed), acts, float(fixed.mean()), float(by_policy.mean()), gap)


def train_policy(
    sets: Sequence[Weighted], out: Path, features: Sequence[str], encoder: str, normalise: str, recipe: str
) -> tuple[Artefact, Foreseen]:
    """Write policy.npz and model.json into `out`; `encoder` is the id of the one whose scores the features read.

    Raises:
        WrongUse: a set of too few questions, or no threshold gains on sets that were left out.
        MissingExtra: scikit-learn is not installed.
    """
    parts = _parts(sets)
    foreseen = foresee(parts)
    trees = fit_trees(parts)
    out.mkdir(parents=True, exist_ok=True)
    save_policy(out / POLICY, trees, np.array(SHIFTS, np.float32), foreseen.threshold, normalise)
    scores = {f"held out, {name}": round(gain, 5) for name, gain in foreseen.gains.items()}
    card = ModelCard(
        name=out.name,
        kind=KIND,
        dimension=len(features),
        max_tokens=0,
        files={POLICY: sha256(out / POLICY)},
        network=POLICY,
        labels=list(features),
        source=encoder,
        recipe=recipe,
        scores=scores | {"held out, mean": round(foreseen.mean, 5)},
    )
    card.write(out)
    return Artefact(out, card), foreseen


def foresee(sets: Sequence[Weighted]) -> Foreseen:
    """The threshold for the best mean gain over the sets, each left out in turn, that costs none of them much.

    Of those within a standard error of the best it is the highest: it acts on the fewest questions.

    Raises:
        WrongUse: no threshold gains.
    """
    expected = {
        each.name: _hopes(fit_trees([other for other in sets if other is not each]), each.features) for each in sets
    }
    tried = [_acted(sets, expected, threshold) for threshold in THRESHOLDS]
    allowed = [each for each in tried if each.mean - SURE * each.error > 0 and min(each.gains.values()) >= -LOSS]
    if not allowed:
        most = max(each.mean for each in tried)
        raise WrongUse(
            "No policy surely gains over the fixed weights on sets that were left out (at best "
            f"{100 * most:+.2f} points of nDCG@10): keep those, or train on questions more like those to come."
        )
    best = max(allowed, key=lambda each: each.mean)
    # The rule of one standard error (Breiman et al. 1984, §3.4.3): of what is about as good, what acts least.
    return max((each for each in allowed if each.mean >= best.mean - best.error), key=lambda each: each.threshold)


def fit_trees(sets: Sequence[Weighted]) -> Trees:
    """One member without each of the sets (one in all where there is one set); every set counts the same."""
    parts = [[other for other in sets if other is not each] for each in sets] if len(sets) > 1 else [list(sets)]
    tables = [_table(tree) for part in parts for tree in _member(part)]
    width = max(len(table[0]) for table in tables)
    padded = [[_padded(column, width) for column in table] for table in tables]
    feature, cut, left, right, value = (np.array(column) for column in zip(*padded, strict=True))
    return Trees(
        feature=feature.astype(np.int16),
        cut=cut.astype(np.float64),
        left=left.astype(np.int16),
        right=right.astype(np.int16),
        value=(value / _TREES).astype(np.float32),
        member=np.repeat(np.arange(len(parts)), _TREES).astype(np.int16),
        depth=_DEPTH,
    )


def _member(sets: Sequence[Weighted]) -> list[DecisionTreeRegressor]:
    try:
        from sklearn.ensemble import ExtraTreesRegressor
    except ImportError:
        raise MissingExtra("Training a policy needs scikit-learn: `pip install 'wenyuan[train]'`.") from None
    features = np.concatenate([each.features for each in sets])
    gains = np.concatenate([each.gains for each in sets])
    weights = np.concatenate([np.full(len(each.features), 1 / len(each.features)) for each in sets])
    model = ExtraTreesRegressor(_TREES, max_depth=_DEPTH, min_samples_leaf=_LEAF, max_features=0.5, random_state=0)
    return list(model.fit(features, gains, weights * len(weights) / weights.sum()).estimators_)


def _table(tree: DecisionTreeRegressor) -> list[NDArray[Any]]:
    """Feature, cut, left, right and values of each node; a leaf leads to itself."""
    nodes = tree.tree_
    own = np.arange(nodes.node_count)
    leaf = nodes.children_left < 0
    return [
        np.where(leaf, 0, nodes.feature),
        np.where(leaf, 0.0, nodes.threshold),
        np.where(leaf, own, nodes.children_left),
        np.where(leaf, own, nodes.children_right),
        nodes.value[:, :, 0],
    ]


def _padded(column: NDArray[Any], width: int) -> NDArray[Any]:
    return np.pad(column, [(0, width - len(column)), *[(0, 0)] * (column.ndim - 1)])


def _hopes(trees: Trees, features: Vector) -> NDArray[np.float64]:
    """(n, s) what the least hopeful member expects."""
    return np.array([trees.expected(row).min(axis=0) for row in features], np.float64)


def _acted(sets: Sequence[Weighted], expected: Mapping[str, NDArray[np.float64]], threshold: float) -> Foreseen:
    gains, acts, variance = {}, {}, 0.0
    for each in sets:
        hopes = expected[each.name]
        sure = hopes.max(axis=1) >= threshold
        gained = each.gains[np.arange(len(hopes)), hopes.argmax(axis=1)]
        gained = np.where(sure, gained, 0)
        gains[each.name], acts[each.name] = float(gained.mean()), float(sure.mean())
        variance += float(gained.var()) / len(gained)
    return Foreseen(threshold, gains, acts, variance**0.5 / len(sets))


def _parts(sets: Sequence[Weighted]) -> list[Weighted]:
    """The sets; where there is one, parts of it, so that what is foreseen is foreseen of questions like those."""
    _check(sets)
    if len(sets) > 1:
        return list(sets)
    only = sets[0]
    drawn = np.random.default_rng(0).permutation(len(only.features))
    rows = [drawn[part::_PARTS] for part in range(_PARTS)]
    return [
        Weighted(f"{only.name}, part {n}", only.features[part], only.values[part]) for n, part in enumerate(rows, 1)
    ]


def _check(sets: Sequence[Weighted]) -> None:
    if few := [each for each in sets if len(each.features) < LEAST]:
        raise WrongUse(f"{few[0].name} has {len(few[0].features)} questions: a policy needs at least {LEAST} of a set.")


def _check_place(out: Path) -> None:
    """Before anything is asked: WrongUse where the policy would take the place of something else."""
    if out.exists() and not (out.is_dir() and ((out / CARD).is_file() or not any(out.iterdir()))):
        raise WrongUse(f"{out} holds something that is no model: name a new folder, or one with a policy.")


def _check_sets(learnt: Sequence[WeightedSet], judged: Sequence[WeightedSet]) -> None:
    every = [*learnt, *judged]
    if len({(each.encoder, each.normalise) for each in every}) > 1:
        raise WrongUse("The sets have other encoders or normalisations in their settings: give them the same.")
    for each in judged:
        for other in learnt:
            if shared := each.texts & other.texts:
                raise WrongUse(
                    f'{each.questions.name} judges a question that {other.questions.name} teaches ("{min(shared)}"): '
                    "judge by others."
                )
