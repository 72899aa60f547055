"""Rules that are not written yet: whether they are valid, what they would do, and one that brings a document in."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import tomlkit

from wenyuan import messages, shapes
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.diagnose.proposing import Proposal
from wenyuan.errors import WrongUse
from wenyuan.rules import FILE_NAME, Rule, Rules, parse_rules
from wenyuan.server.bodies import ProposeBody
from wenyuan.server.errors import Refused, not_found, not_valid
from wenyuan.types import Language


def read(toml: str) -> Rules:
    """The rules of a text.

    Raises:
        Refused: one of them is not valid; `param` is the number of its line, where that is known.
    """
    try:
        return parse_rules(toml, Path(FILE_NAME))
    except WrongUse as error:
        raise not_valid(error) from error


def checked(toml: str) -> dict[str, Any]:
    """`rules check --json` of a text."""
    return shapes.rules_shape(Path(FILE_NAME), read(toml), time.time())


def tested(base: KnowledgeBase, toml: str | None, question: str | None, k: int) -> dict[str, Any]:
    """`rules test --json` of a text, or of the rules that hold where there is none: of a question, else of the tests.

    Raises:
        Refused: the text is not valid.
        WrongUse: there are no tests.
    """
    ruled = base if toml is None else base.ruled_by(read(toml))
    if question is not None:
        return shapes.trial_shape(ruled.try_rules(question, k))
    if not ruled.rules.tests:
        raise WrongUse("The rules have no tests; give a question, or write a [[test]] among them.")
    return shapes.outcomes_shape(ruled.test_rules())


def proposed(base: KnowledgeBase, toml: str, body: ProposeBody, language: Language) -> dict[str, Any]:
    """A rule that brings a document in, and the text of `rules.toml` with it; tried with that very text.

    Raises:
        Refused: there is no such document, or no rule brings it in.
    """
    if not base.has(body.document):
        raise not_found()
    asked: dict[str, Any] = {"k": body.k, "filter": body.narrowed(), "ask": body.ask}
    made = base.propose(body.question, body.document, **asked)
    if made is None:
        raise _none(base, body, asked)
    rule = written(made.rule)
    whole = f"{toml.rstrip()}\n\n{rule}".lstrip()
    read(whole)
    return {"toml": rule, "rules": whole, "name": made.rule.name, "rank": made.rank} | {
        "sentence": messages.told(_said(made), language)
    }


def written(rule: Rule) -> str:
    """A rule that pins, as it stands in `rules.toml`."""
    table, when = tomlkit.table(), tomlkit.inline_table()
    when["all"] = list(rule.when.all)
    table.update({"name": rule.name, "when": when, "pin": list(rule.pin)})
    rules = tomlkit.aot()
    rules.append(table)
    return tomlkit.dumps({"rule": rules})


def _said(made: Proposal) -> str:
    rule = made.rule
    words = ", ".join(f"“{phrase}”" for phrase in rule.when.all)
    return f"The rule '{rule.name}' puts {rule.pin[0]} first where a question holds {words}."


def _none(base: KnowledgeBase, body: ProposeBody, asked: dict[str, Any]) -> Refused:
    """Why there is no rule: what helps instead."""
    changes = base.why(body.question, body.document, **asked).changes
    if not changes:
        said = f"No rule brings {body.document} in for this question, and no other change that was tried does."
    else:
        change = changes[min(body.change, len(changes) - 1)]
        said = f"No rule brings {body.document} in for this question; what does is: {change.sentence}."
    return Refused(409, "no_rule", said, param="change")
