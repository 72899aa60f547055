"""Tools that come with the engine: arithmetic, the time, and looking things up in the knowledge base.

Retrieval is a tool like any other, so a question of several steps is answered by several searches. What is found is
numbered by a registry, so that the model can cite `[n]` whether a passage was in its context or found later.
"""

from __future__ import annotations

import datetime
import inspect
import time
import zoneinfo
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Annotated, Any

import anyio.to_thread
from pydantic import Field

from wenyuan.tools.arithmetic import evaluate
from wenyuan.tools.tool import Tool, ToolError, tool
from wenyuan.types import Source

MAX_SPAN = 4000  # characters that `get_document_span` reads at once

SearchPassages = Callable[[str, int], Sequence[Source] | Awaitable[Sequence[Source]]]
"""(query, k) → at most k passages, best first."""

ReadSpan = Callable[[str, int, int], Source | Awaitable[Source | None] | None]
"""(document, start, end) → that part of it, or as much as there is; None where there is no such document."""

NumberPassage = Callable[[Source], int]
"""The number to cite a passage by; the same one each time."""


class Numbering:
    """Gives passages their numbers: those of the context keep theirs, others go on from there."""

    def __init__(self, context: Iterable[Source] = ()) -> None:
        self._sources: dict[tuple[str, int, int, bool], Source] = {}
        self._next = 1
        self.keep(context)

    def keep(self, context: Iterable[Source]) -> None:
        """Take in passages under the numbers that they have; new ones go on after the highest."""
        self._sources |= {self._key(source): source for source in context}
        self._next = max((source.n for source in self._sources.values()), default=0) + 1

    def __call__(self, source: Source) -> int:
        """The number of this passage, a new one where it was not seen before."""
        known = self._sources.get(self._key(source))
        if known is None:
            fields = {name: getattr(source, name) for name in Source.__dataclass_fields__}
            known = self._sources[self._key(source)] = Source(**{**fields, "n": self._next})
            self._next += 1
        return known.n

    @property
    def sources(self) -> tuple[Source, ...]:
        """All passages by number, to check citations against."""
        return tuple(sorted(self._sources.values(), key=lambda source: source.n))

    @staticmethod
    def _key(source: Source) -> tuple[str, int, int, bool]:
        return source.document, source.start, source.end, source.corrected is not None


@tool(readonly=True, seconds=5)
def calculate(expression: Annotated[str, Field(max_length=500)]) -> str:
    """Calculate an arithmetic expression exactly; use it for every calculation instead of working it out yourself.

    Args:
        expression: For example "(3 + 4.5) * 15%" or "round(sqrt(2), 4)". Operators + - * / // % **, functions abs,
            ceil, exp, floor, ln, log10, max, min, round, sqrt.
    """
    return evaluate(expression)


def current_time(clock: Callable[[], float] = time.time, zone: str = "UTC") -> Tool:
    """A tool that tells date, weekday and time; `clock` gives Unix seconds, `zone` (IANA) holds where none is asked.

    Raises:
        ToolError: there is no such zone.
    """
    here = _zone(zone)

    @tool(name="current_time", readonly=True, seconds=5)
    def now(zone: Annotated[str, Field(max_length=64)] | None = None) -> str:
        """The current date, weekday and time.

        Args:
            zone: An IANA time zone such as "Asia/Shanghai"; leave it out for the user's own.
        """
        moment = datetime.datetime.fromtimestamp(clock(), here if zone is None else _zone(zone))
        return f"{moment:%Y-%m-%d %H:%M:%S} {_DAYS[moment.weekday()]}, {moment.tzinfo} (UTC{moment:%z})"

    return now


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones
        raise ToolError(f"There is no time zone {name[:64]!r}; give one such as 'Asia/Shanghai'.") from None


def search_knowledge(search: SearchPassages, number: NumberPassage) -> Tool:
    """A tool that searches the knowledge base through `search`, sync or async, and shows numbered passages."""

    @tool(name="search_knowledge", readonly=True)
    async def look(
        query: Annotated[str, Field(min_length=1, max_length=1000)], k: Annotated[int, Field(ge=1, le=20)] = 5
    ) -> str:
        """Search the knowledge base for passages. Search again with other words if they do not answer the question.

        Args:
            query: A full question or the key words, in the language of the documents.
            k: How many passages.
        """
        found: Sequence[Source] = await _waited(search, query, k)
        return "\n\n".join(_shown(source, number(source)) for source in found) or "Nothing was found."

    return look


def get_document_span(read: ReadSpan, number: NumberPassage) -> Tool:
    """A tool that reads part of a document through `read`, sync or async, as a numbered passage."""

    @tool(name="get_document_span", readonly=True)
    async def span(
        document: Annotated[str, Field(min_length=1, max_length=1000)],
        start: Annotated[int, Field(ge=0)],
        end: Annotated[int, Field(ge=1)],
    ) -> str:
        """Read a part of a document, for instance what stands before or after a passage that was found.

        Args:
            document: As the passage names it.
            start: The first character.
            end: The character after the last, at most 4000 after the first.
        """
        if not start < end <= start + MAX_SPAN:
            raise ToolError(f"The end must be 1 to {MAX_SPAN} characters after the start.")
        found: Source | None = await _waited(read, document, start, end)
        if found is None or not found.text:
            raise ToolError(f"There is nothing at {start}-{end} of a document {document[:200]!r}.")
        return _shown(found, number(found))

    return span


async def _waited(function: Callable[..., Any], *given: object) -> Any:  # noqa: ANN401
    if inspect.iscoroutinefunction(function):
        return await function(*given)
    return await anyio.to_thread.run_sync(lambda: function(*given), abandon_on_cancel=True)


def _shown(source: Source, n: int) -> str:
    parts = [" > ".join((source.title, *source.headings))]
    if source.page is not None:
        several = source.last_page != source.page
        parts.append(f"pages {source.page}-{source.last_page}" if several else f"page {source.page}")
    if source.sheet:
        parts.append(f"sheet {source.sheet}")
    text = "\n".join(part for part in (source.header, source.text) if part)
    start, end = source.place(0, len(source.text))
    return f"[{n}] {', '.join(parts)} ({source.document}, {start}-{end})\n{text}"
