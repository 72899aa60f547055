"""The tools: what they are called, take and give, and what each does at a desk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from wenyuan import messages
from wenyuan.desk import Asks, Events, Looking, Shape
from wenyuan.errors import WrongUse
from wenyuan.filters import check, every, read_test
from wenyuan.server.mcp import arguments, results
from wenyuan.server.mcp.arguments import Arguments, Based
from wenyuan.server.mcp.desks import Desks
from wenyuan.server.mcp.results import Result, Tell
from wenyuan.types import Filter, Language

_LEGS = ("bm25", "dense")


@dataclass
class Call:
    """One call of a tool, which may be given up while it is at work."""

    desks: Desks
    language: Language
    _events: Events | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    given_up: bool = False

    @property
    def told(self) -> Tell:
        """Sentences in the caller's language."""
        return lambda sentence: messages.told(sentence, self.language)

    @contextmanager
    def at(self, asked: Based) -> Iterator[tuple[str, Asks]]:
        """The knowledge base that is asked, and its desk.

        Raises:
            WrongUse: none was named, and there are several, or none.
        """
        name = asked.knowledge_base or self._only()
        with self.desks.at(name) as desk:
            yield name, desk

    def last(self, events: Events) -> Shape:
        """The answer at the end of events.

        Raises:
            WrongUse: the call was given up.
        """
        with self._lock:
            self._events = events
        if self.given_up:
            events.close()
        shape: Shape | None = None
        try:
            for name, data in events:
                if name == "answer":
                    shape = data
                if self.given_up:
                    break
        finally:
            events.close()
        if shape is None:
            raise WrongUse("The call was given up; nobody waits for its answer.")
        return shape

    def give_up(self) -> None:
        """Let it end soon, from any thread."""
        self.given_up = True
        with self._lock:
            events = self._events
        if events is not None:
            with suppress(ValueError):  # a generator that another thread reads: that one sees that it was given up
                events.close()

    def _only(self) -> str:
        names = self.desks.names()
        if not names:
            raise WrongUse("There is no knowledge base that this key may ask; make one, or take another key.")
        if len(names) > 1:
            raise WrongUse(f"There are several knowledge bases: {', '.join(names)}; name one in `knowledge_base`.")
        return names[0]


Work = Callable[[Call, Any], Result]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as it is offered."""

    name: str
    title: str
    description: str
    takes: type[Arguments]
    gives: type[Result]
    work: Work
    asks: bool  # whether it takes a place among the questions, or only a look

    def input_schema(self) -> dict[str, Any]:
        """What it takes, as JSON Schema."""
        return _schema(self.takes.model_json_schema())

    def output_schema(self) -> dict[str, Any]:
        """What it gives."""
        return _schema(self.gives.model_json_schema(mode="serialization"))

    def run(self, call: Call, given: Mapping[str, Any]) -> Result:
        """Its result.

        Raises:
            WenyuanError: something that is given does not fit, is not there, or cannot be used now.
        """
        return self.work(call, arguments.read(self.takes, given))


def _search(call: Call, asked: arguments.Search) -> Result:
    narrowed = _filter(asked.where)
    with call.at(asked) as (kb, desk):
        shape = desk.search(asked.question, Looking(asked.limit, _LEGS), history=(), filter=narrowed)
    return results.found(kb, shape, call.told)


def _ask(call: Call, asked: arguments.Ask) -> Result:
    narrowed = _filter(asked.where)
    with call.at(asked) as (kb, desk):
        shape = call.last(desk.ask(asked.question, history=(), filter=narrowed))
    return results.answered(kb, asked.question, shape, call.told)


def _read_span(call: Call, asked: arguments.ReadSpan) -> Result:
    end = asked.start + arguments.USUAL if asked.end is None else asked.end
    if end <= asked.start:
        raise WrongUse(f"The stretch ends at {end}, where it begins at {asked.start}; let `end` be more than `start`.")
    with call.at(asked) as (kb, desk):
        shape = desk.document(asked.document)
    return results.span(kb, shape, asked.start, min(end, asked.start + arguments.LONGEST))


def _why(call: Call, asked: arguments.WhyNot) -> Result:
    narrowed = _filter(asked.where)
    with call.at(asked) as (kb, desk):
        shape = desk.why(asked.question, asked.document, k=asked.limit, filter=narrowed, ask=False)
    return results.reasons(kb, shape, call.told)


def _list_documents(call: Call, asked: arguments.ListDocuments) -> Result:
    narrowed = _filter(asked.where)
    with call.at(asked) as (kb, desk):
        shape = desk.documents(asked.folder or None, filter=narrowed)
    return results.documents(kb, shape, asked.after, asked.limit)


def _list_knowledge_bases(call: Call, asked: arguments.ListKnowledgeBases) -> Result:
    del asked
    found = []
    for name in call.desks.names():
        with call.desks.at(name) as desk:
            found.append(results.base(name, desk.documents(None, filter=None)))
    return results.Bases(knowledge_bases=found)


TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            "search",
            "Search documents",
            "Find the passages of the documents that fit a question best, each with its document, headings, page and "
            "the characters where it stands. Use it to read what the documents say and to answer from it, citing "
            "document and page. Questions may be Chinese or English, whatever language the documents have.",
            arguments.Search,
            results.Found,
            _search,
            asks=True,
        ),
        Tool(
            "ask",
            "Ask the documents",
            "Get an answer with a word-for-word quote for every part of it, or a statement that the documents do not "
            "suffice. Use it for one factual question; use search to see more, or to compare.",
            arguments.Ask,
            results.Answered,
            _ask,
            asks=True,
        ),
        Tool(
            "read_span",
            "Read a document",
            "Read the text of a document from one character to another: what stands around a passage or quote, by its "
            "start and end, or a whole document piece by piece, each from the `next` of the last.",
            arguments.ReadSpan,
            results.Span,
            _read_span,
            asks=False,
        ),
        Tool(
            "why",
            "Why was it not found?",
            "Say which stage of the search lost a document that was expected among the passages for a question, and "
            "which changes would bring it in. Use it only when a document is missing from what search found.",
            arguments.WhyNot,
            results.Reasons,
            _why,
            asks=True,
        ),
        Tool(
            "list_documents",
            "List documents",
            "List the documents of a knowledge base by id, with title, type and time; all of them, those in a folder, "
            "or those that fulfil conditions.",
            arguments.ListDocuments,
            results.Documents,
            _list_documents,
            asks=False,
        ),
        Tool(
            "list_knowledge_bases",
            "List knowledge bases",
            "List the knowledge bases that can be asked, with the number of their documents.",
            arguments.ListKnowledgeBases,
            results.Bases,
            _list_knowledge_bases,
            asks=False,
        ),
    )
}
"""All of them, by name."""


def _filter(where: list[str]) -> Filter | None:
    parts = [*map(read_test, where)]
    for part in parts:
        check(part)
    return every(parts)


def _schema(made: dict[str, Any]) -> dict[str, Any]:
    """A schema without pydantic's titles, which only repeat the names."""
    kept = {name: each for name, each in made.items() if name != "title" or not isinstance(each, str)}
    return {name: _part(each) for name, each in kept.items()}


def _part(made: Any) -> Any:  # noqa: ANN401 - any part of a schema
    if isinstance(made, list):
        return [*map(_part, made)]
    return _schema(made) if isinstance(made, dict) else made
