"""From a question to its answer: a curated one where a rule has it, else one written from what is found."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from wenyuan.engine.questions import Questions
from wenyuan.engine.writing import Library, Tools, Writer
from wenyuan.generate import DraftJudge, Preview
from wenyuan.trace import Trace
from wenyuan.types import Answer, AnswerEvent, Filter, Message, Query

_NONE = Tools()


@dataclass(frozen=True, slots=True)
class Answering:
    """Questions with who writes drafts of their answers, and who judges them; several threads may call its methods."""

    questions: Questions
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
    ) -> Generator[AnswerEvent, None, None]:
        """What happens on the way, the answer last; see `wenyuan.types.AnswerEvent`."""
        trace = Trace() if trace is None else trace
        questions = self.questions
        query, now = questions.understood(question, history, filter, trace), time.time()
        fired = questions.rules.fire(query, now, trace)
        if written := questions.curated(query, fired, now, trace):
            yield _recorded(written, trace)
            return
        drafting = self.writer.begin(query, history, tools, self._library(query))
        context = questions.sources(query, fired, trace, drafting.budget, drafting.count_tokens)
        prompt = drafting.prompt(context, trace)
        preview = Preview(lambda: drafting.sources(prompt))
        with closing(drafting.draft(prompt, trace)) as events:
            draft = yield from preview.show(events)
        with trace.stage("judge"):
            answer = self.judge.judge(prompt, draft)
        yield from preview.rest(answer)
        yield _recorded(answer, trace)

    def _library(self, query: Query) -> Library:
        return Library(
            lambda text, k: self.questions.passages(text, k, query.filter),
            self.questions.span,
            self.questions.dates,
        )


def _recorded(answer: Answer, trace: Trace) -> Answer:
    return replace(answer, timings_ms=dict(trace.timings_ms), notes=(*trace.notes, *answer.notes))
