"""The house: `KnowledgeBase` composes the two flows and holds nothing else.

`engine.ingest`:     load → chunk → encode (→ extract triples) → store
`engine.questions`:  understand → recall (→ weigh) → fuse → rerank → diversify → assemble
`engine.answering`:  → prompt → draft (→ verify) → judge → answer; a writer drafts (`engine.writing`)

Its rules are read with its settings; `engine.ruling` tries them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from wenyuan.engine.answering import Answering
from wenyuan.engine.diagnose.ruling import Outcome, RuleTrial, run_tests, try_rules
from wenyuan.engine.diagnose.trial import Trial
from wenyuan.engine.diagnose.weighing import Weighing, weighing
from wenyuan.engine.diagnose.why import Why, why
from wenyuan.engine.ingest import Ingest, OnProgress, Report, document_id, files_under, under
from wenyuan.engine.parts import intents_of, judge_of, policy_of, reranker_of, rewriter_of, scorer_of, writer_of
from wenyuan.engine.questions import Questions, Result, Way
from wenyuan.engine.streaming import AnswerStream
from wenyuan.engine.writing import Tools, Writer
from wenyuan.errors import WrongUse
from wenyuan.models import (
    CachedCrossEncoder,
    OnnxEncoder,
    load_encoder,
)
from wenyuan.recall import LEGS
from wenyuan.rules import FILE_NAME as RULES_FILE
from wenyuan.rules import Rules, read_rules
from wenyuan.settings import DiversitySettings, Settings, read_settings
from wenyuan.store.archive import Archive
from wenyuan.store.rows import DocumentInfo
from wenyuan.text.bm25 import ANALYSER
from wenyuan.trace import Trace
from wenyuan.types import (
    Answer,
    CrossEncoder,
    Document,
    Encoder,
    Filter,
    Generator,
    Message,
    Query,
    Value,
)
from wenyuan.understand.titles import Titles

if TYPE_CHECKING:
    from wenyuan.tools import Tool


@dataclass(frozen=True, slots=True)
class Health:
    """What is in a knowledge base and what is wrong with it, one sentence a problem."""

    documents: int
    chunks: int
    version: int
    model: str
    problems: list[str]


class KnowledgeBase:
    """A folder on disk that answers questions about the documents added to it.

    One process may hold it open at a time; within it, searches may run in several threads while one writes.
    """

    def __init__(
        self, folder: Path, archive: Archive, questions: Questions, writer: Writer, settings: Settings
    ) -> None:
        self.folder = folder
        self.settings = settings
        self._archive = archive
        self._questions = questions
        self._answering = Answering(questions, writer, judge_of(settings, questions.encoder))
        self._encoder, self._scorer = questions.encoder, questions.scorer
        self._base = folder.resolve().parent

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
    ) -> Self:
        """Open the knowledge base in `folder`, making it where there is none (unless `create` is False).

        `repair="index"` makes the search index anew from the catalogue; `repair="all"` forgets everything but the
        places that were added, for `sync` to read and encode again.

        Raises:
            WrongUse: it does not exist, or a setting or a rule of it is not valid.
            Busy, Damaged, WrongModel: another process holds it, its files are broken, it was made with another model.
        """
        folder = Path(folder)
        settings = settings or read_settings(folder)
        rules = read_rules(folder / RULES_FILE)
        encoder = encoder or load_encoder(settings.encoder.model, threads=settings.encoder.threads)
        scorer = scorer_of(settings.rerank, encoder)
        reranker = reranker or reranker_of(settings.rerank)
        writer = writer_of(settings, folder, encoder, generator)
        rewriter = rewriter_of(settings.understand, encoder, writer)
        intents, policy = intents_of(settings.understand, encoder), policy_of(settings.fuse, encoder)
        archive = Archive.open(
            folder, model=encoder.id, analyser=ANALYSER, dimension=encoder.dimension, create=create, repair=repair
        )
        if scorer:
            archive.adopt(scorer.id)
        titles = Titles(archive.documents, lambda: archive.version) if settings.understand.constraints else None
        questions = Questions(archive, encoder, scorer, reranker, settings, rules, rewriter, intents, titles, policy)
        return cls(folder, archive, questions, writer, settings)

    # --- the document flow -----------------------------------------------------------------------------------------

    def add(
        self,
        path: str | Path,
        *,
        metadata: Mapping[str, Value] | None = None,
        on_progress: OnProgress | None = None,
    ) -> Report:
        """Bring in a file or all files of a folder, and remember it for `sync`.

        `metadata` goes to every document of it. Unreadable files are reported, not raised.
        """
        root = Path(path).resolve()
        files = files_under(root, metadata or {}, self.folder)
        self._archive.add_root(document_id(root, self._base), metadata or {})
        ingest = Ingest(self._archive, self._encoder, self._scorer, self.settings, self._base)
        ingest.run(files, on_progress)
        return ingest.report

    def sync(self, *, on_progress: OnProgress | None = None) -> Report:
        """Look at everything ever added again: new, changed, moved and deleted files."""
        roots = {self._base / root: metadata for root, metadata in self._archive.roots().items()}
        if gone := [str(root) for root in roots if not root.exists()]:
            raise WrongUse(f"{gone[0]} is gone; restore it, or remove its documents with `wenyuan delete {gone[0]}`.")
        files = {
            file.path: file for root, metadata in roots.items() for file in files_under(root, metadata, self.folder)
        }
        ingest = Ingest(self._archive, self._encoder, self._scorer, self.settings, self._base)
        ingest.run(list(files.values()), on_progress)
        stamped = [info.id for info in self._archive.documents() if info.stamp]
        present = {document_id(path, self._base) for path in files}
        for place in ingest.report.failed:  # a folder that cannot be listed: what lies in it is not gone
            present.update(under(stamped, place))
        ingest.delete([document for document in stamped if document not in present])
        return ingest.report

    def put(self, documents: Iterable[Document]) -> Report:
        """Bring in documents made by the caller, from a database for instance; `sync` leaves them alone."""
        ingest = Ingest(self._archive, self._encoder, self._scorer, self.settings, self._base)
        ingest.put((document, "") for document in documents)
        return ingest.report

    def delete(self, place: str | Path) -> Report:
        """Remove a document, or all documents of a folder, named by id ("docs/faq.md") or by path; forget it as a root.

        Raises:
            WrongUse: nothing there is in the knowledge base.
        """
        known = [info.id for info in self._archive.documents()]
        name, by_path = str(place).rstrip("/"), document_id(Path(place), self._base)
        by_id = by_path if name == "." else name
        documents = (under(known, by_id) or under(known, by_path)) if name else []
        if not documents and not {by_id, by_path} & self._archive.roots().keys():
            raise WrongUse(f"No document '{place}' is in the knowledge base; name it as `wenyuan search` shows it.")
        self._archive.remove_root(by_id)
        self._archive.remove_root(by_path)
        ingest = Ingest(self._archive, self._encoder, self._scorer, self.settings, self._base)
        ingest.delete(documents)
        return ingest.report

    def documents(self) -> list[DocumentInfo]:
        """What is in the knowledge base, by id."""
        return self._archive.documents()

    def read(self, document: str, start: int, end: int) -> str:
        """That stretch of a document's text: what a citation with these offsets quotes."""
        return self._archive.read(document, start, end)

    # --- the question flow -----------------------------------------------------------------------------------------

    def understand(self, question: str, filter: Filter | None = None, history: Sequence[Message] = ()) -> Query:
        """What is read out of a question: language, intent, conditions on documents.

        In the light of `history`, the turns before it, the question is made one that stands alone. The result can be
        changed and asked in the question's place: `replace(query, constraints=())`, for instance.
        """
        return self._questions.understand(question, filter, history)

    def search(
        self,
        question: str | Query,
        k: int = 10,
        *,
        history: Sequence[Message] = (),
        filter: Filter | None = None,
        legs: Sequence[str] = LEGS,
        rerank: bool = True,
        rerank_ms: float | None = None,
    ) -> Result:
        """The k best chunks, near-identical ones once. `legs` may name one of "bm25" and "dense" only.

        Without `rerank` the order is that of fusion. `rerank_ms` is the time for the reranking model, where it is not
        to be that of the settings; 0: without it, yet compared token by token. In the light of `history`, the turns
        before it, the question is made one that stands alone.
        """
        way = Way(tuple(legs), rerank, rerank_ms)
        return self._questions.search(question, k, way, history=history, filter=filter)

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
        return AnswerStream(self._answering.events(question, history=history, filter=filter, tools=given, trace=trace))

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

        With `ask` it is the flow of `ask` that is looked at, its sources and its budget; `k` then plays no part.
        """
        names = (str(document), document_id(Path(document), self._base))
        name = next((each for each in names if self._archive.info(each)), names[0])
        return why(Trial(self._questions, self._questions.understand(question, filter), name, k, ask))

    @property
    def rules(self) -> Rules:
        """What `rules.toml` in the folder said when the knowledge base was opened."""
        return self._questions.rules

    def without_rules(self) -> Self:
        """The same knowledge base as if it had no rules; what closes this one closes that one."""
        questions = replace(self._questions, rules=Rules())
        return type(self)(self.folder, self._archive, questions, self._answering.writer, self.settings)

    def weigh(self, question: str, shares: Sequence[float]) -> Weighing:
        """What a policy of the legs' weights sees of a question, and the order of documents by each dense share."""
        return weighing(self._questions, question, shares)

    @property
    def model(self) -> str:
        """The id of the encoder."""
        return self._encoder.id

    @property
    def policy(self) -> str | None:
        """The id of what shifts the weights of the legs by question; None where they are fixed."""
        return self._questions.policy.id if self._questions.policy else None

    def without_diversity(self) -> Self:
        """The same knowledge base as if its hits might repeat each other; what closes this one closes that one."""
        settings = self.settings.model_copy(update={"diversity": DiversitySettings(coverage=False)})
        questions = replace(self._questions, settings=settings)
        return type(self)(self.folder, self._archive, questions, self._answering.writer, self.settings)

    def with_fixed_weights(self) -> Self:
        """The same knowledge base as if no policy weighed the legs; what closes this one closes that one."""
        questions = replace(self._questions, policy=None)
        return type(self)(self.folder, self._archive, questions, self._answering.writer, self.settings)

    def try_rules(
        self, question: str, k: int = 10, *, filter: Filter | None = None, at: float | None = None
    ) -> RuleTrial:
        """Which rules fire for a question, why the others do not, and what they change; `at`: as if asked then."""
        return try_rules(self._questions, question, k, filter, at)

    def test_rules(self) -> list[Outcome]:
        """Run the tests in `rules.toml`."""
        return run_tests(self._questions)

    def forget_questions(self) -> None:
        """Let no model remember a question, so that the next takes as long as one that was never asked."""
        if isinstance(self._encoder, OnnxEncoder):
            self._encoder.forget_queries()
        if isinstance(self._questions.reranker, CachedCrossEncoder):
            self._questions.reranker.forget()

    # --- care ------------------------------------------------------------------------------------------------------

    def check(self) -> Health:
        """Whether catalogue, vectors and BM25 agree, document by document."""
        infos = self._archive.documents()
        return Health(
            documents=len(infos),
            chunks=sum(info.chunks for info in infos),
            version=self.version,
            model=self.model,
            problems=self._archive.check(),
        )

    @property
    def version(self) -> int:
        """Grows by one with every committed change; catalogue, vectors and BM25 always share it."""
        return self._archive.version

    def close(self) -> None:
        """Write everything to disk and let other processes in."""
        with ExitStack() as closing:
            closing.callback(self._archive.close)
            closing.callback(self._answering.writer.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
