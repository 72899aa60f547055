"""A loss in a sentence: the stage, the document, and the figures that show it."""

from __future__ import annotations

import pytest

from wenyuan.engine.diagnose.legs import LegRank
from wenyuan.engine.diagnose.lost import Loss, Stage
from wenyuan.engine.diagnose.trial import Trial
from wenyuan.engine.diagnose.wording import sentence

TRIAL = Trial(None, None, None, "a.md", 10)  # type: ignore[arg-type]
LEGS = {
    "dense": LegRank(240, 0.5, 0.75, 1000),
    "bm25": LegRank(None, None, 3.0, 100),
    "summary": LegRank(None, 0.25, None, 10_000),
}


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (
            Loss(Stage.RECALL),
            "No leg has a.md among its candidates: dense has it at rank 240 (score 0.5000, 0.7500 is needed); "
            "bm25 finds no word of the question in it; summary has it beyond 10000 (score 0.2500).",
        ),
        (
            Loss(Stage.FUSE, "lowered", 1, 3, 12, 10, 0.25, 0.5),
            "Fusion lowered a.md from rank 3 of one leg to 12; 10 go on (score 0.2500; 0.5000 is needed).",
        ),
        (Loss(Stage.DUPLICATE), "a.md is left out as nearly identical to a better passage of b.md (0.95 similar)."),
        (
            Loss(Stage.COARSE, "unread", 1, 40, None, 30),
            "The comparison token by token did not come to a.md: it stood at rank 40, and 30 are read.",
        ),
        (
            Loss(Stage.RERANK, "late", 1, 4),
            "The reranking model had no time to read a.md, which stood at rank 4.",
        ),
        (
            Loss(Stage.RERANK, "weak", 1, 4, None, 0, -0.5, 0.0),
            "The reranking model did not read a.md: its score token by token, -0.5000, is below "
            "rerank.coarse_threshold 0.",
        ),
        (
            Loss(Stage.RERANK, "threshold", 1, 4, None, 0, -3.0, 1.0),
            "The reranking model left a.md out: its logit -3.0000 is below rerank.threshold 1.",
        ),
        (
            Loss(Stage.DIVERSIFY, "lowered", 1, 4, None, 10),
            "The choice of hits that complement each other left a.md out, which stood at rank 4; 10 go on.",
        ),
        (Loss(Stage.RULES, "lowered", 1, 4, 11, 10), "The rule 'r' lowered a.md from rank 4 to 11; 10 go on."),
        (Loss(Stage.K, "cut", 1, 11, 11, 10), "a.md is number 11, beyond k = 10."),
        (
            Loss(Stage.BUDGET, chunk=1, needed=340, window=200),
            "The source from a.md does not fit: it needs 340 tokens, the budget is 200.",
        ),
    ],
    ids=lambda value: value.stage if isinstance(value, Loss) else "",
)
def test_every_loss_is_one_sentence(lost: Loss, said: str) -> None:
    assert sentence(TRIAL, lost, LEGS, "b.md (0.95 similar)", ["r"]) == said


def test_several_rules_are_named() -> None:
    said = sentence(TRIAL, Loss(Stage.RULES, "lowered", 1, 4, 11, 10), {}, "", ["r", "s"])
    assert said.startswith("The rules 'r' and 's' lowered a.md")
