"""Questions looked into: what became of a document, what rules and weights would change."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.engine.answering import quote
from wenyuan.engine.holdings import Holdings
from wenyuan.engine.naming import ids_meant
from wenyuan.engine.opening import House
from wenyuan.engine.writing import Quoter
from wenyuan.rules import unused
from wenyuan.types import Filter, Query, Scope, View

if TYPE_CHECKING:  # what answers no question is loaded when it is called
    from wenyuan.engine.diagnose.proposing import Proposal
    from wenyuan.engine.diagnose.ruling import RuleTrial, TestedExample
    from wenyuan.engine.diagnose.trial import Trial
    from wenyuan.engine.diagnose.weighing import Weighing
    from wenyuan.engine.diagnose.why import Why


class Inquiries(Holdings):
    """The documents that a scope sees, and why questions find them or not. Any thread may call every method."""

    def __init__(self, opened: House, base: Path, scope: Scope) -> None:
        """`base` is the folder that relative ids begin at."""
        super().__init__(opened.archive, base, scope)
        self._opened, self._flow = opened, opened.flow

    def why(
        self,
        question: str | Query,
        document: str | Path,
        *,
        k: int = 10,
        filter: Filter | None = None,
        ask: bool = False,
    ) -> Why:
        """Which stage lost a document, named by id or path, and which changes would bring it in: each was tried.

        With `ask` it is the flow of `ask` that is looked at: its sources, its budget and, where answers are quoted,
        what is selected of them and whether that is sure enough; `k` then plays no part.
        """
        from wenyuan.engine.diagnose.why import why

        with self._archive.view(self._scope) as view:
            return why(self._trial(view, question, document, k, filter, ask))

    def propose(
        self,
        question: str | Query,
        document: str | Path,
        *,
        k: int = 10,
        filter: Filter | None = None,
        ask: bool = False,
    ) -> Proposal | None:
        """A rule that brings a document in for questions like this one, tried as `why` tries changes; None: none does.

        A rule pins a document whatever its rank, but it leads past no filter and no condition that a question states.
        """
        from wenyuan.engine.diagnose.proposing import propose

        with self._archive.view(self._scope) as view:
            return propose(self._trial(view, question, document, k, filter, ask))

    def _trial(
        self, view: View, question: str | Query, document: str | Path, k: int, filter: Filter | None, ask: bool
    ) -> Trial:
        from wenyuan.engine.diagnose.trial import Trial

        meant = ids_meant(document, self._base)
        name = next((each for each in meant if view.info(each)), str(document))
        query = self._flow.understand(view, question, filter)
        writer = self._opened.writer
        conclude = partial(quote, writer.generator) if ask and isinstance(writer, Quoter) else None
        return Trial(self._flow, view, query, name, k, ask, conclude)

    def weigh(self, question: str, shares: Sequence[float]) -> Weighing:
        """What a policy of the legs' weights sees of a question, and the order of documents by each dense share."""
        from wenyuan.engine.diagnose.weighing import weighing

        with self._archive.view(self._scope) as view:
            return weighing(self._flow, view, question, shares)

    def try_rules(
        self, question: str, k: int = 10, *, filter: Filter | None = None, at: float | None = None
    ) -> RuleTrial:
        """Which rules fire for a question, why the others do not, and what they change; `at`: as if asked then."""
        from wenyuan.engine.diagnose.ruling import try_rules

        with self._archive.view(self._scope) as view:
            return try_rules(self._flow, view, question, k, filter, at)

    def test_rules(self) -> list[TestedExample]:
        """Run the tests in `rules.toml`."""
        from wenyuan.engine.diagnose.ruling import run_tests

        with self._archive.view(self._scope) as view:
            return run_tests(self._flow, view)

    def unused_answers(self) -> dict[str, str]:
        """Why curated answers are given to no question, by the name of their rule: expired, or their proof is gone."""
        with self._archive.view(self._scope) as view:
            return unused(self._flow.rules.rules, time.time(), view)
