"""Calls of functions in the journal of a knowledge base: those in doubt, and a person's word on what came of them."""

from __future__ import annotations

from pathlib import Path

from wenyuan.engine.writing import JOURNAL
from wenyuan.errors import NoKnowledgeBase, WrongUse
from wenyuan.tools.journal import Journal


def open_journal(kb: Path) -> Journal:
    """The journal of a knowledge base; an empty one in memory where nothing was ever written down.

    Raises:
        WrongUse: there is no such knowledge base.
    """
    if not kb.is_dir():
        raise NoKnowledgeBase(f"There is no knowledge base in {kb}; make one with `wenyuan add`.", kb)
    return Journal(kb / JOURNAL if (kb / JOURNAL).is_file() else None)


def settle_call(kb: Path, call: str, result: str | None) -> str:
    """Note what came of the call in doubt with this name, None for nothing; the name of its run.

    Raises:
        WrongUse: no such call is in doubt.
    """
    with open_journal(kb) as journal:
        found = [entry for entry in journal.in_doubt() if entry.key.name == call]
        if not found:
            raise WrongUse(f"No call {call!r} is in doubt; `wenyuan calls list` shows those that are.")
        journal.settle(found[0].key, result)
    return found[0].key.run


def require_run(kb: Path, run: str) -> None:
    """WrongUse where the journal has no such run: under a mistyped name what was done would be done again."""
    with open_journal(kb) as journal:
        if not journal.holds(run):
            raise WrongUse(f"The knowledge base {kb} has no run {run!r}; copy its name from `wenyuan calls list`.")
