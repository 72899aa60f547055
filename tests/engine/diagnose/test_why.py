"""`why` names the stage that lost a document: checked on pairs for which it was made to be so."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from wenyuan.engine import KnowledgeBase
from wenyuan.engine.diagnose.trial import Remedy
from wenyuan.engine.diagnose.why import Stage, Why
from wenyuan.rules import Rules
from wenyuan.settings import Settings
from wenyuan.trace import Trace
from why_cases import SCENARIOS, Dial, GradedStates, Pair, Scenario


def open_scenario(scenario: Scenario, folder: Path, **settings: dict) -> KnowledgeBase:
    encoder = Dial()
    given = scenario.settings | settings
    (folder / "kb").mkdir(exist_ok=True)
    (folder / "kb" / "rules.toml").write_text(scenario.rules, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wenyuan.engine.opening.load_late_interaction", lambda name, encoder: GradedStates(encoder))
        kb = KnowledgeBase.open(
            folder / "kb",
            settings=Settings.model_validate(given),
            encoder=encoder,
            reranker=scenario.reranker and scenario.reranker(),
        )
    if not kb.documents():
        kb.put(scenario.documents)
    return kb


def ask(kb: KnowledgeBase, pair: Pair) -> Why:
    return kb.why(pair.question, pair.document, k=pair.k, filter=pair.filter, ask=pair.ask)


def tried_again(kb: KnowledgeBase, pair: Pair, change: Remedy) -> bool:
    """Whether the document is found with a change, by the door that everyone takes."""
    given = dict(change.settings)
    k, query = given.pop("k", pair.k), kb.understand(pair.question)
    stated = tuple(each for each in query.constraints if each.phrase not in change.phrases)
    query = replace(query, filter=change.filter, constraints=stated)
    rules = Rules(tuple(rule for rule in kb.rules.rules if rule.name not in change.rules))
    settings = kb.settings.model_dump()
    for setting, value in given.items():
        section, _, name = setting.partition(".")
        settings[section][name] = value
    changed = replace(kb._flow, settings=Settings.model_validate(settings), rules=rules)
    with kb._archive.view() as view:
        if pair.ask:
            context = changed.sources(view, query, rules.fire(query, time.time(), trace := Trace(query=query)), trace)
            return pair.document in {source.document for source in context.sources}
        hits = changed.search(view, query, k).hits
        return pair.document in {hit.chunk.document for hit in hits}


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
    assert {pair.stage for pair in pairs} == set(Stage)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_stage_is_named_for_every_pair(scenario: Scenario, tmp_path: Path) -> None:
    with open_scenario(scenario, tmp_path) as kb:
        answers = [(pair, ask(kb, pair)) for pair in scenario.pairs]
        every = [(pair, change) for pair, why in answers for change in why.changes]
        assert all(tried_again(kb, pair, change) for pair, change in every[::5])
    assert [fault for pair, why in answers if (fault := wrong(pair, why))] == []
    assert all(pair.document in why.sentence for pair, why in answers)
