"""Makes the shipped classifier of intents, "intent", from the questions in intent.jsonl, which were written for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from wenyuan.models.artefact import Artefact
from wenyuan.training.classifier import train_classifier

QUESTIONS = Path(__file__).with_name("intent.jsonl")


def build(out: Path) -> Artefact:
    """Write head.npy and model.json into `out`; MissingExtra without scikit-learn."""
    made = train_classifier(QUESTIONS, out)
    card = replace(
        made.card, name="intent", licence="Apache-2.0, questions written for it", recipe="wenyuan models build intent"
    )
    card.write(out)
    return Artefact(out, card)
