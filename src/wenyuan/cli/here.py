"""A knowledge base that this process opens, when it is first asked something, and closes with the command."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import typer

from wenyuan import shapes
from wenyuan.cli import printing
from wenyuan.cli.filters import asked_settings
from wenyuan.cli.holder import Manner
from wenyuan.cli.progress import progress
from wenyuan.cli.reader import told
from wenyuan.cli.terminal import call_line, confirm
from wenyuan.desk import Event, Looking, Shape
from wenyuan.errors import WenyuanError

if TYPE_CHECKING:
    from wenyuan.engine import KnowledgeBase
    from wenyuan.engine.writing import Tools
    from wenyuan.trace import Trace
    from wenyuan.types import Filter, Message, ToolCall, Value


class Here:
    """A `Desk` at which this process answers."""

    def __init__(self, kb: Path, manner: Manner) -> None:
        self._kb, self._manner = kb, manner
        self._base: KnowledgeBase | None = None
        self._tools: Tools | None = None

    def search(self, question: str, looking: Looking, *, history: Sequence[Message], filter: Filter | None) -> Shape:
        """The best passages."""
        base = self._asked()
        base.warm_up()
        result = looking.into(base, question, history, filter)
        return shapes.search_shape(result, looking.explain) | self._traced(result.trace)

    def offer(self, file: Path | None, run: str | None) -> None:
        """Read the functions of a file; a person at the terminal agrees to the calls that need it."""
        from wenyuan.engine.calls import require_run
        from wenyuan.engine.writing import Tools
        from wenyuan.tools.from_file import read_tools

        functions = read_tools(file) if file else ()
        if run:
            require_run(self._kb, run)
        self._tools = Tools(functions, _agree if sys.stdin.isatty() else None, run)

    def ask(self, question: str, *, history: Sequence[Message], filter: Filter | None) -> Generator[Event, None, None]:
        """What happens as it happens."""
        from wenyuan.trace import Trace

        first = self._base is None
        base, trace = self._asked(), Trace()
        if first:
            base.warm_up()
        with base.stream(question, history=history, filter=filter, tools=self._tools or (), trace=trace) as events:
            for name, data in map(shapes.event_shape, events):
                yield name, data | self._traced(trace) if name == "answer" else data

    def why(self, question: str, document: str, *, k: int, filter: Filter | None, ask: bool) -> Shape:
        """The stage that lost a document."""
        return shapes.why_shape(self._asked().why(question, document, k=k, filter=filter, ask=ask))

    def add(self, paths: Sequence[Path], *, metadata: Mapping[str, Value], exclude: Sequence[str]) -> Shape:
        """Bring files in; where nothing comes of a knowledge base that was made for them, none is left."""
        from wenyuan.store.ledger import is_in

        new = not is_in(self._kb)
        base = self._opened(create=True)
        with progress() as on_progress, self._stopped(base):
            try:
                report = base.add(*paths, metadata=metadata, exclude=exclude, on_progress=on_progress)
            except WenyuanError:
                if new:
                    base.discard()
                raise
            if new and report.failed and not base.version:
                base.discard()
        return shapes.report_shape(report)

    def sync(self, *, rebuild: bool) -> Shape:
        """Look at everything again; where nothing is new, that is found out without a model."""
        from wenyuan.engine.standing import nothing_new
        from wenyuan.settings import read_settings

        report = None if rebuild else nothing_new(self._kb, read_settings(self._kb))
        if report is None:
            base = self._opened(repair="all" if rebuild else None)
            with progress() as on_progress, self._stopped(base):
                report = base.sync(on_progress=on_progress)
        return shapes.report_shape(report)

    def delete(self, documents: Sequence[str]) -> Shape:
        """Remove documents."""
        return shapes.report_shape(self._opened().delete(*documents))

    def documents(self, folder: str | None, *, filter: Filter | None) -> Shape:
        """Which documents there are."""
        return shapes.documents_shape(self._opened().documents(folder, filter=filter))

    def document(self, name: str) -> Shape:
        """A document with its text."""
        shown = self._opened().document(name)
        return shapes.document_shape(shown, shown.text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._base is not None:
            self._base.close()

    def _asked(self) -> KnowledgeBase:
        """Open for questions: a conversation opens it once."""
        if self._base is not None:
            return self._base
        from wenyuan.engine import KnowledgeBase

        settings = asked_settings(self._kb, constraints=self._manner.constraints, llm=self._manner.llm)
        self._base = KnowledgeBase.open(self._kb, create=False, settings=settings)
        return self._base

    def _opened(self, *, create: bool = False, repair: Literal["all"] | None = None) -> KnowledgeBase:
        """Open for work on documents."""
        from wenyuan.engine import KnowledgeBase

        self._base = KnowledgeBase.open(self._kb, create=create, repair=repair)
        return self._base

    def _traced(self, trace: Trace) -> Shape:
        return {"trace": trace.as_json()} if self._manner.trace else {}

    @contextmanager
    def _stopped(self, base: KnowledgeBase) -> Iterator[None]:
        """Where a person stops the work: say what is kept."""
        try:
            yield
        except KeyboardInterrupt:
            kept = len(base.documents())
            printing.say_aside(
                f"Stopped: the knowledge base {self._kb} keeps {kept} documents; `wenyuan sync` reads the rest."
            )
            raise typer.Exit(130) from None


def _agree(call: ToolCall) -> bool:
    return confirm(told(f"Call {call_line(call.name, call.arguments)}?"))
