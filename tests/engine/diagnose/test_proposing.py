"""A rule that brings a document in: proposed for what stages lost, and tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from wenyuan.engine.diagnose.why import Stage
from wenyuan.rules import Rules
from why_cases import SCENARIOS, Scenario, open_scenario

NO_RULE = (Stage.FILTERED, Stage.BUDGET, Stage.SELECT, Stage.CONFIDENCE)
"""What a rule cannot help: it widens no filter and no budget, and does not change what is quoted."""


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_what_a_stage_lost_comes_in_by_the_rule_that_is_proposed(scenario: Scenario, tmp_path: Path) -> None:
    with open_scenario(scenario, tmp_path) as kb:
        for pair in scenario.pairs[::4]:
            if pair.stage in (Stage.UNKNOWN, Stage.EMPTY):
                continue
            asked = {"k": pair.k, "filter": pair.filter, "ask": pair.ask}
            made = kb.propose(pair.question, pair.document, **asked)  # type: ignore[arg-type]
            if made is None:
                others = [document for rule in kb.rules.rules for document in rule.pin]  # which stay before it
                too_long = "answer.budget" in (pair.change or "")
                assert pair.stage in NO_RULE or len(others) >= pair.k or too_long, pair
                continue
            ruled = kb.ruled_by(Rules((*kb.rules.rules, made.rule)))
            why = ruled.why(pair.question, pair.document, **asked)  # type: ignore[arg-type]
            assert (why.stage, why.rank) == (Stage.FOUND, made.rank), pair
            assert made.rule.pin == (pair.document,)
            assert made.rule.name not in {rule.name for rule in kb.rules.rules}
