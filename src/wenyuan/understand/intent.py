"""What a question wants, by a small classifier over the vector that recall needs anyway."""

from __future__ import annotations

from wenyuan.types import Classifier, Vector

INTENTS = ("lookup", "howto", "troubleshooting", "comparison", "policy", "navigation", "chitchat")
"""Those of the shipped classifier: a fact; the steps of a task; a failure; which of several; price, rights and rules;
the way to a page or document; talk, and what is out of any knowledge base's scope."""

SURE = 0.5  # below it the two best guesses may be equally likely


def recognise(vector: Vector, intents: Classifier) -> str | None:
    """The most likely intent of a question, (1, d), or None where none is more likely than all others together."""
    (probabilities,) = intents.probabilities(vector)
    best = int(probabilities.argmax())
    return intents.labels[best] if probabilities[best] >= SURE else None
