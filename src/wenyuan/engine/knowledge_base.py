"""`KnowledgeBase`: a folder on disk that answers questions; it composes the two flows and holds nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from wenyuan.engine.inquiries import Inquiries
from wenyuan.engine.opening import Given, House, open_folder, settings_of
from wenyuan.engine.originals import open_original, page_stretches
from wenyuan.engine.progress import OnProgress
from wenyuan.engine.report import Report
from wenyuan.engine.streaming import AnswerStream
from wenyuan.engine.way import Omissible, Result, Way
from wenyuan.engine.writing import Tools
from wenyuan.errors import SourceError, WrongUse
from wenyuan.recall import LEGS
from wenyuan.rules import Rules
from wenyuan.settings import Settings
from wenyuan.trace import Trace
from wenyuan.types import (
    WHOLE,
    Answer,
    CrossEncoder,
    Document,
    Encoder,
    Filter,
    Generator,
    Message,
    Passage,
    Query,
    Root,
    Scope,
    Value,
)

if TYPE_CHECKING:  # what a question needs is loaded at once, what it does not need when it is called
    from types import EllipsisType

    from wenyuan.engine.arriving import Arriving
    from wenyuan.engine.health import Health
    from wenyuan.engine.ingest import Ingest
    from wenyuan.load import LoadFile
    from wenyuan.load.highlight import Highlight
    from wenyuan.tools import Tool


class KnowledgeBase(Inquiries):
    """A folder on disk that answers questions about the documents added to it.

    One process may hold it open at a time; within it, searches may run in several threads while one writes. A question
    sees the documents as they were when it was asked, to the end of its answer. It is the owner's, who sees all, until
    `seen_by` says otherwise.
    """

    def __init__(self, folder: Path, settings: Settings, opened: House, scope: Scope = WHOLE) -> None:
        super().__init__(opened, folder.resolve().parent, scope)
        self.folder = folder
        self.settings = settings

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        create: bool = True,
        repair: Literal["index", "all"] | None = None,
        settings: Settings | None = None,
        encoder: Encoder | None = None,
        reranker: CrossEncoder | None = None,
        generator: Generator | None = None,
        load: LoadFile | None = None,
    ) -> Self:
        """Open the knowledge base in `folder`, making it where there is none (unless `create` is False).

        `repair="index"` makes the search index anew from the catalogue; `repair="all"` forgets everything but the
        places that were added, for `sync` to read and encode again. `load` takes the place of `wenyuan.load.load`.

        Raises:
            WrongUse: it does not exist, or a setting or a rule of it is not valid.
            Busy, Damaged, WrongModel: another process holds it, its files are broken, it was made with another model.
        """
        folder = Path(folder)
        settings = settings or settings_of(folder)
        given = Given(encoder, reranker, generator, load)
        return cls(folder, settings, open_folder(folder, settings, given, create=create, repair=repair))

    # --- the document flow -----------------------------------------------------------------------------------------

    def add(
        self,
        *paths: str | Path,
        metadata: Mapping[str, Value] | None = None,
        exclude: Sequence[str] = (),
        on_progress: OnProgress | None = None,
    ) -> Report:
        """Bring in files, and all files of folders, and remember them for `sync`.

        `metadata` goes to every document of them; files of folders that fit one of the patterns of `exclude`, written
        as in .gitignore, are left out. Unreadable files are reported, not raised.

        Raises:
            WrongUse: there is nothing at one of the paths, or metadata or a pattern is not valid; nothing is done then.
        """
        ingest = self._ingest()
        ingest.add([Path(path) for path in paths], Root(metadata or {}, tuple(exclude)), self.folder, on_progress)
        return ingest.report

    def sync(self, *, on_progress: OnProgress | None = None) -> Report:
        """Look at everything ever added again: new, changed, moved and deleted files."""
        ingest = self._ingest()
        ingest.sync(self.folder, on_progress)
        return ingest.report

    def follow(self, place: str | Path, said: Root, *, on_progress: OnProgress | None = None) -> Report:
        """Bring one folder into step, as `add` and `sync` would together: what is gone from it is deleted."""
        return self._ingest().follow(Path(place), said, self.folder, on_progress)

    def take(self, *documents: str, on_progress: OnProgress | None = None) -> Report:
        """Bring in files that were put into the folder `files` of the knowledge base, named by their paths there.

        They are its own: `sync` keeps in step with them, and `delete` removes them. One that is gone is deleted.
        """
        ingest = self._ingest()
        ingest.take(documents, self.folder, on_progress)
        return ingest.report

    def accept(self, *arriving: Arriving, on_progress: OnProgress | None = None) -> Report:
        """Bring in files that wait elsewhere and are to be its own: each is moved to the others once it was read.

        One that cannot be read is reported and stays where it waits; the version before it keeps its file. A document
        keeps its access, unless what is said of its new version names another.
        """
        ingest = self._ingest()
        ingest.accept(arriving, self.folder, on_progress)
        return ingest.report

    def put(self, documents: Iterable[Document], *, on_progress: OnProgress | None = None) -> Report:
        """Bring in documents made by the caller, from a database for instance; `sync` leaves them alone."""
        ingest = self._ingest()
        ingest.bring(documents, on_progress)
        return ingest.report

    def delete(self, *places: str | Path) -> Report:
        """Remove documents, or all documents of folders, named by id ("docs/faq.md") or by path; forget these as roots.

        Raises:
            WrongUse: nothing at one of them is in the knowledge base; nothing is removed then.
        """
        ingest = self._ingest()
        ingest.remove(places, self.folder)
        return ingest.report

    def relabel(self, document: str, fields: Mapping[str, Value | None]) -> Report:
        """Give one of its own documents other metadata, at once: fields are added to its sidecar, None takes one away.

        Raises:
            WrongUse: it is no file of its own (see `take`), a field is not valid, or the file cannot be read.
        """
        ingest = self._ingest()
        ingest.relabel(document, fields, self.folder)
        return ingest.report

    def correct(self, passage: int, *, text: str | EllipsisType | None = ..., disabled: bool | None = None) -> Passage:
        """Give a passage another text, or keep it from being found, by the `id` of its chunk; at once, in every leg.

        `text=None` gives it its own text again, `disabled=False` lets it be found again; what is not given stays. The
        document stays as it is, and the correction is kept when it is read again, as long as the passage is in it. Any
        reader may correct what it sees.

        Raises:
            WrongUse: there is no such passage, or the text is empty or too long.
        """
        return self._opened.correcting(self._scope).correct(passage, text, disabled)

    def withdraw(self, correction: int) -> None:
        """Take back what was made of a passage, by the `id` of one of `corrections()`, be it applied or waiting.

        Raises:
            WrongUse: there is none of this id.
        """
        self._opened.correcting(self._scope).withdraw(correction)

    def _ingest(self) -> Ingest:
        from wenyuan.engine.ingest import Ingest

        if not self._scope.whole:
            raise WrongUse("Only the owner of a knowledge base changes its documents; open it without `seen_by`.")
        flow = self._flow
        return Ingest(self._archive, flow.encoder, flow.scorer, self.settings, self._base, self._opened.loading)

    # --- the files of documents ------------------------------------------------------------------------------------

    def original(self, document: str) -> BufferedReader | None:
        """The very file that a document was read from, opened; None where it is gone or another, or there was none."""
        with self._archive.view(self._scope) as view:
            info = view.info(document)
        return open_original(info, self.folder, self._base) if info else None

    def highlights(self, document: str, start: int, end: int) -> tuple[Highlight, ...]:
        """Where the characters `start` to `end` of a PDF's text stand on its pages, the first 16 of them.

        None where it is no PDF, where the file is not there any more or is another, and where they are not found.

        Raises:
            SourceError: the file takes too much time or memory, or breaks what reads it.
        """
        with self._archive.view(self._scope) as view:
            found = view.document(document)
        stretches = [*page_stretches(found, start, end)] if found and found.type == "pdf" else []
        file = self.original(document) if stretches else None
        if file is None:
            return ()
        with file:
            data = file.read()
        try:
            return self._opened.loading.highlights(data, stretches)
        except SourceError as error:
            raise SourceError(f"{document}: {error}") from error

    # --- the question flow -----------------------------------------------------------------------------------------

    def understand(self, question: str, filter: Filter | None = None, history: Sequence[Message] = ()) -> Query:
        """What is read out of a question: language, intent, conditions on documents.

        In the light of `history`, the turns before it, the question is made one that stands alone. The result can be
        changed and asked in the question's place: `replace(query, constraints=())`, for instance.
        """
        with self._archive.view(self._scope) as view:
            return self._flow.understand(view, question, filter, history)

    def search(
        self,
        question: str | Query,
        k: int = 10,
        *,
        history: Sequence[Message] = (),
        filter: Filter | None = None,
        legs: Sequence[str] = LEGS,
        rerank: bool | None = None,
        rerank_ms: float | None = None,
    ) -> Result:
        """The k best chunks, near-identical ones once. `legs` may name one of "bm25" and "dense" only.

        Without `rerank` the order is that of fusion; None: a leg that is asked alone keeps its order, fused lists are
        reranked. `rerank_ms` is the time for the reranking model, where it is not to be that of the settings; 0:
        without it, yet compared token by token. In the light of `history`, the turns before it, the question is made
        one that stands alone.
        """
        way = Way(tuple(legs), rerank, rerank_ms)
        with self._archive.view(self._scope) as view:
            return self._flow.search(view, question, k, way, history=history, filter=filter)

    def ask(
        self,
        question: str | Query,
        *,
        history: Sequence[Message] = (),
        filter: Filter | None = None,
        tools: Sequence[Tool | Callable[..., object]] | Tools = (),
        trace: Trace | None = None,
    ) -> Answer:
        """An answer whose every citation is a verbatim quote with its position, or a reasoned refusal.

        The answer of a rule that fires is given as it is written there (`curated` names the rule); it may have a
        source without a quote. In the light of `history`, the turns before it, the question is made one that stands
        alone. `tools` are functions that the language model may call; `engine.writing.Tools` also says who approves.
        A new `trace` that is given is filled in.

        Raises:
            WrongUse: functions are given, but the settings name no language model.
            EndpointError: no endpoint replied, and `llm.extractive` is off.
        """
        with self.stream(question, history=history, filter=filter, tools=tools, trace=trace) as events:
            *_, answer = events
        assert isinstance(answer, Answer)
        return answer

    def stream(
        self,
        question: str | Query,
        *,
        history: Sequence[Message] = (),
        filter: Filter | None = None,
        tools: Sequence[Tool | Callable[..., object]] | Tools = (),
        trace: Trace | None = None,
    ) -> AnswerStream:
        """As `ask`, what happens as it happens: pieces of text, calls of functions, and the `Answer` last.

        `wenyuan.types.AnswerEvent` says in which order. The answer's text replaces what was streamed, where they
        differ. Leaving the loop cancels, and so does `close`, from any thread; see `AnswerStream`.
        """
        given = tools if isinstance(tools, Tools) else Tools(tuple(tools))
        answering = self._opened.answering(self._scope)
        return AnswerStream(answering.events(question, history=history, filter=filter, tools=given, trace=trace))

    # --- the same, seen otherwise ----------------------------------------------------------------------------------

    def without(self, part: Omissible) -> Self:
        """The same knowledge base without a part, as `Omissible` names it. What closes this one closes that one."""
        without = replace(self._opened, flow=self._flow.without(part))
        return type(self)(self.folder, self.settings, without, self._scope)

    def ruled_by(self, rules: Rules) -> Self:
        """The same knowledge base with these rules in the place of its own. What closes this one closes that one."""
        ruled = replace(self._opened, flow=replace(self._flow, rules=rules))
        return type(self)(self.folder, self.settings, ruled, self._scope)

    def quoting(self) -> Self:
        """The same knowledge base with answers that are quoted, whatever language model the settings name."""
        return type(self)(self.folder, self.settings, self._opened.quoting(), self._scope)

    def seen_by(self, groups: Iterable[str]) -> Self:
        """The same knowledge base as readers of these groups see it: documents of other groups are not there.

        A document is of the groups that its field `access` names, and everyone's where it has none. Only the owner
        brings and removes documents, else WrongUse is raised; passages that are seen may be corrected. What closes this
        one closes that one.
        """
        return type(self)(self.folder, self.settings, self._opened, Scope(frozenset(groups)))

    # --- care ------------------------------------------------------------------------------------------------------

    @property
    def rules(self) -> Rules:
        """What `rules.toml` in the folder said when the knowledge base was opened."""
        return self._flow.rules

    @property
    def model(self) -> str:
        """The id of the encoder."""
        return self._flow.encoder.id

    @property
    def policy(self) -> str | None:
        """The id of what shifts the weights of the legs by question; None where they are fixed."""
        return self._flow.policy.id if self._flow.policy else None

    @property
    def version(self) -> int:
        """Grows by one with every committed change; catalogue, vectors and BM25 always share it."""
        return self._archive.version

    def warm_up(self) -> None:
        """Begin to load what reads passages, on a thread of its own, so that the first question waits less."""
        self._flow.warm_up()

    def forget_questions(self) -> None:
        """Let no model remember a question, so that the next takes as long as one that was never asked."""
        self._flow.forget()

    def check(self) -> Health:
        """Whether catalogue, vectors and BM25 agree, document by document."""
        from wenyuan.engine.health import health_of

        return health_of(self._archive, self.model)

    def backup(self, target: str | Path) -> None:
        """Write it as it is now into a `.tar.gz`, while others read and write it; see `engine.backup`."""
        from wenyuan.engine.backup import backup

        backup(self.folder, Path(target))

    def discard(self) -> None:
        """Close it and remove what it stores; what the user wrote into the folder (settings, rules, terms) stays."""
        self.close()
        self._archive.erase()

    def close(self) -> None:
        """Write everything to disk and let other processes in, whatever fails on the way; once closed, nothing."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
