"""`why` names the stage that lost a document: checked on pairs for which it was made to be so."""

from __future__ import annotations

from pathlib import Path

import pytest

from wenyuan.engine import KnowledgeBase
from wenyuan.engine.diagnose.why import Stage, Why
from why_cases import SCENARIOS, Pair, Scenario, open_scenario, tried_again


def ask(kb: KnowledgeBase, pair: Pair) -> Why:
    return kb.why(pair.question, pair.document, k=pair.k, filter=pair.filter, ask=pair.ask)


def wrong(pair: Pair, why: Why) -> str:
    """What of an answer is not as it was made; empty where all is."""
    expected = dict(pair.expected)
    ranks = expected.pop("ranks", None)
    if why.stage != pair.stage:
        return f"{pair}: {why.stage}, {why.sentence}"
    if ranks and ranks != {leg: rank.rank for leg, rank in why.legs.items()}:
        return f"{pair}: {why.legs}"
    if (got := {name: getattr(why, name) for name in expected}) != expected:
        return f"{pair}: {got}"
    if pair.change and not any(change.sentence.startswith(pair.change) for change in why.changes):
        return f"{pair}: {why.changes}"
    return ""


def test_there_are_pairs_for_every_stage() -> None:
    pairs = [pair for scenario in SCENARIOS for pair in scenario.pairs]
    assert len(pairs) >= 500
    assert {pair.stage for pair in pairs} == set(Stage) - {Stage.DISABLED}, "see tests/engine/test_correcting.py"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_stage_is_named_for_every_pair(scenario: Scenario, tmp_path: Path) -> None:
    with open_scenario(scenario, tmp_path) as kb:
        answers = [(pair, ask(kb, pair)) for pair in scenario.pairs]
        every = [(pair, change) for pair, why in answers for change in why.changes]
        assert all(tried_again(kb, pair, change) for pair, change in every[::5])
    assert [fault for pair, why in answers if (fault := wrong(pair, why))] == []
    assert all(pair.document in why.sentence for pair, why in answers)
