"""From a question to its answer: a curated one where a rule has it, else one written from what is found."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wenyuan.engine.questions import Questions
from wenyuan.engine.writing import Library, Tools, Writer
from wenyuan.generate import Event
from wenyuan.trace import Trace
from wenyuan.types import Answer, Filter, Message, Query

_NONE = Tools()


@dataclass(frozen=True, slots=True)
class Answering:
    """Questions with somebody who writes their answers; its methods may run in several threads."""

    questions: Questions
    writer: Writer

    def events(
        self,
        question: str | Query,
        *,
        history: Sequence[Message] = (),
        filter: Filter | None = None,
        tools: Tools = _NONE,
        trace: Trace | None = None,
    ) -> Iterator[Event]:
        """What happens on the way, the answer last; see `KnowledgeBase.stream`."""
        trace = Trace() if trace is None else trace
        questions = self.questions
        query, now = questions.understood(question, history, filter, trace), time.time()
        fired = questions.rules.fire(query, now, trace)
        if written := questions.curated(query, fired, now, trace):
            yield _recorded(written, trace)
            return
        draft = self.writer.draft(query, history, tools, self._library(query))
        context = questions.sources(query, fired, trace, draft.budget, draft.count_tokens)
        for event in draft.write(context, trace):
            yield _recorded(event, trace) if isinstance(event, Answer) else event

    def _library(self, query: Query) -> Library:
        return Library(
            lambda text, k: self.questions.passages(text, k, query.filter),
            self.questions.span,
            self.questions.dates,
        )


def _recorded(answer: Answer, trace: Trace) -> Answer:
    return replace(answer, timings_ms=dict(trace.timings_ms), notes=(*trace.notes, *answer.notes))
