"""What of a draft may be shown while it is written, before it is judged."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace

from wenyuan.cite.verdict import Shown
from wenyuan.types import Answer, Decision, Draft, DraftEvent, Source, TextDelta, ToolCalled

_VOID = "What had been streamed of the model's reply is void."


class Preview:
    """Passes on the events of one draft: its text with the numbers of the answer, the marker of insufficiency never.

    `sources` gives the passages that may be cited, as far as they are known. The end of the text waits for the answer.
    See `wenyuan.types.AnswerEvent` for the order.
    """

    def __init__(self, sources: Callable[[], Sequence[Source]]) -> None:
        self._sources = sources
        self._shown = Shown(sources)
        self._streamed = False  # something of its text

    def show(self, drafting: Iterator[DraftEvent | Draft]) -> Generator[DraftEvent, None, Draft]:
        """What may be told of a draft until it is there; a draft that takes the place of what was told says so."""
        for event in drafting:
            if isinstance(event, Draft):
                return self._standing_in(event) if event.stands_in else event
            yield from self._passed(event)
        raise AssertionError("A draft comes last.")

    def rest(self, answer: Answer) -> Iterator[TextDelta]:
        """The end of the text; nothing of a refusal."""
        if answer.decision is Decision.ANSWERED:
            yield from self._text(self._shown.close())

    def _standing_in(self, draft: Draft) -> Draft:
        self._shown = Shown(self._sources)  # what was held back is not of this draft
        return replace(draft, notes=(*draft.notes, _VOID)) if self._streamed else draft

    def _passed(self, event: DraftEvent) -> Iterator[DraftEvent]:
        if isinstance(event, TextDelta):
            yield from self._text(self._shown.feed(event.text))
            return
        if isinstance(event, ToolCalled):
            yield from self._text(self._shown.close())  # before a call: no part of the answer
            self._shown = Shown(self._sources)
        yield event

    def _text(self, text: str) -> Iterator[TextDelta]:
        if text:
            self._streamed = True
            yield TextDelta(text)
