"""From a question to its answer: a curated one where a rule has it, else one written from what is found.

Thanks are no question, so they are returned.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from collections.abc import Generator as Generates
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace

from wenyuan.engine.flow import Flow
from wenyuan.engine.writing import Library, Tools, Writer
from wenyuan.generate import DraftJudge, Preview, nothing_held, returned
from wenyuan.prompt import build_prompt
from wenyuan.rules import curated
from wenyuan.trace import Judged, Trace
from wenyuan.types import (
    Answer,
    AnswerEvent,
    Context,
    Decision,
    Draft,
    Filter,
    Generator,
    Message,
    Query,
    Source,
    View,
)

Views = Callable[[], AbstractContextManager[View]]
"""Opens a view of the moment."""

_NONE = Tools()


@dataclass(frozen=True, slots=True)
class Answering:
    """Questions with who writes drafts of their answers, and who judges them; several threads may call its methods."""

    flow: Flow
    views: Views
    writer: Writer
    judge: DraftJudge

    def events(
        self,
        question: str | Query,
        *,
        history: Sequence[Message] = (),
        filter: Filter | None = None,
        tools: Tools = _NONE,
        trace: Trace | None = None,
    ) -> Generates[AnswerEvent, None, None]:
        """What happens on the way, the answer last; see `wenyuan.types.AnswerEvent`.

        The whole of it reads one view: what is found, what a model looks up on the way, and what is quoted.
        """
        trace, flow = Trace() if trace is None else trace, self.flow
        with self.views() as view:
            query, now = flow.understood(view, question, history, filter, trace), time.time()
            fired = flow.rules.fire(query, now, trace)
            if written := curated(query, fired, now, view, trace) or returned(query):
                yield _recorded(written, trace)
                return
            if view.empty and not tools.needed:
                yield _recorded(nothing_held(query), trace)
                return
            drafting = self.writer.begin(query, history, tools, _library(flow, view, query, trace))
            budget, count_tokens = drafting.budget, drafting.count_tokens
            context = flow.sources(view, query, fired, trace, budget=budget, count_tokens=count_tokens)
            prompt = drafting.prompt(context, trace)
            preview = Preview(lambda: drafting.sources(prompt))
            with closing(drafting.draft(prompt, trace)) as events:
                draft = yield from preview.show(events)
            with trace.stage("judge"):
                answer = self.judge.judge(prompt, draft)
            trace.judged = _judged(draft, answer, self.judge)
            yield from preview.rest(answer)
            yield _recorded(answer, trace)


def quote(generator: Generator, flow: Flow, query: Query, context: Context, trace: Trace) -> Answer:
    """The answer that a generator quotes from a context, judged as the flow's settings want it."""
    prompt, judge = build_prompt(query, context), DraftJudge(confidence=flow.settings.answer.confidence)
    draft = generator.draft(prompt)
    answer = judge.judge(prompt, draft)
    trace.selected, trace.judged = draft.selected, _judged(draft, answer, judge)
    return answer


def _judged(draft: Draft, answer: Answer, judge: DraftJudge) -> Judged:
    threshold = None if draft.citations is None else judge.confidence
    return Judged(answer.decision is Decision.ANSWERED, answer.confidence, threshold)


def _library(flow: Flow, view: View, query: Query, trace: Trace) -> Library:
    """How a model looks things up while it answers this question."""

    def span(document: str, start: int, end: int) -> Source | None:
        return _stretch(view, document, start, end)

    def dates(context: Context) -> dict[str, float]:
        infos = {source.document: view.info(source.document) for source in context.sources}
        return {document: info.time for document, info in infos.items() if info}

    return Library(lambda text, k: flow.passages(view, text, k, query.filter, trace), span, dates)


def _stretch(view: View, document: str, start: int, end: int) -> Source | None:
    """That part of a document, up to a passage that a person disabled or corrected; after one it begins behind it.

    Where it begins in a passage that was corrected it is that passage, as it was corrected.
    """
    info = view.info(document)
    if info is None:
        return None
    for passage in (each for each in view.passages(document) if each.correction):
        own = passage.chunk
        if own.start <= start < own.end and start < end and not passage.disabled:
            stands, text = (own.start, own.end), passage.shown.text
            source = Source(0, document, info.title, text, own.start, own.start + len(text), own.headings, 0.0, ())
            return replace(source, marks=view.marks(document, *stands), corrected=stands)
        if own.start <= start < own.end:
            start = own.end
        elif start < own.start < end:
            end = own.start
    text = view.read(document, start, max(start, end))
    marks = view.marks(document, start, start + len(text))
    return Source(0, document, info.title, text, start, start + len(text), (), 0.0, (), marks=marks)


def _recorded(answer: Answer, trace: Trace) -> Answer:
    return replace(answer, timings_ms=dict(trace.timings_ms), notes=(*trace.notes, *answer.notes))
