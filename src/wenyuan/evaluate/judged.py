"""Judged questions asked of a knowledge base: one's own, or one of a BEIR corpus, made in the user's cache.

What `wenyuan eval` and `wenyuan models compare|accept` have in common.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenyuan.engine import KnowledgeBase
from wenyuan.engine.progress import OnProgress
from wenyuan.engine.way import Result, Way
from wenyuan.errors import Busy, WrongUse
from wenyuan.evaluate import (
    Comparison,
    compare,
    contender,
    evaluate,
    gather,
    read_corpus,
    read_judgements,
    sample,
)
from wenyuan.evaluate.answers import AnswerCase, ask_cases, read_cases
from wenyuan.evaluate.answers_page import answers_page
from wenyuan.evaluate.beir import Judgements, has_corpus
from wenyuan.evaluate.memory import resident_mb
from wenyuan.evaluate.metrics import Qrels
from wenyuan.evaluate.record import SEED, Against, Record, against, answers_record, read_record, record
from wenyuan.evaluate.report import ReportFolder
from wenyuan.evaluate.rerankers import documents
from wenyuan.evaluate.run import OnQuestion, Ranker
from wenyuan.jsonl import malformed
from wenyuan.models import load_encoder
from wenyuan.models.artefact import locate
from wenyuan.recall import LEGS, SUMMARY
from wenyuan.settings import DiversitySettings, Settings, read_settings, without_llm
from wenyuan.text.bm25 import ANALYSER
from wenyuan.types import Document, Encoder, Hit, Query
from wenyuan.understand import understand

_DEPTH = 100  # documents ranked for each question
_PAUSE = 1.0  # seconds between two looks at a corpus that is in use

_log = logging.getLogger(__name__)

EngineSearch = Callable[[str], Result]
"""A question → what a search finds for it."""

OnResult = Callable[[int, Result, Mapping[str, int]], None]
"""Told of each question, counted from 1: what the whole engine found, and the grades of the documents judged for it."""


Shape = Callable[[Result, Mapping[str, int]], Mapping[str, Any]]
"""What the engine found for a question and the grades of its judged documents → JSON."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of what: judged questions, of their corpus or of a knowledge base."""

    data: Path
    kb: Path | None = None
    qrels: Path | None = None
    legs: Sequence[str] = LEGS
    rerank: bool | None = None  # as `KnowledgeBase.search` has it
    limit: int | None = None

    @property
    def reranks(self) -> bool:
        """Whether the whole of the search includes reranking."""
        return Way(tuple(self.legs), self.rerank).reranks


@dataclass(frozen=True, slots=True)
class Measured:
    """The record of a run, the run beside an earlier one, and the page of its report, where these were wanted."""

    record: Record
    against: Against | None
    page: Path | None


def measure_and_report(
    task: Task,
    command: str,
    report: Path | None = None,
    earlier: Path | None = None,
    *,
    shape: Shape,
    on_question: OnQuestion | None = None,
    on_progress: OnProgress | None = None,
) -> Measured:
    """Measure the engine as it is set; write the page to the folder `report`, compare with the record in `earlier`.

    Both are looked at before anything is measured. `shape` makes the JSON of a question in the report. Where the corpus
    is encoded first, `on_progress` is told.
    """
    before = None if earlier is None else read_record(earlier)
    folder = None if report is None else ReportFolder.open(report)

    def keep(n: int, result: Result, grades: Mapping[str, int]) -> None:
        assert folder
        folder.write_trace(n, shape(result, grades))

    made = measure_engine(task, command, keep if folder else None, on_question, on_progress)
    compared = None if before is None else against(made, before, str(earlier))
    if compared is not None:
        made["against"] = compared.shape()
    return Measured(made, compared, None if folder is None else folder.write(made))


def measure_engine(
    task: Task,
    command: str,
    on_result: OnResult | None = None,
    on_question: OnQuestion | None = None,
    on_progress: OnProgress | None = None,
) -> dict[str, Any]:
    """The figures of the engine as it is set; where results are asked for, also those of each stage on its way."""
    judgements = sample(read_judgements(task.data, task.qrels), task.limit, SEED)
    memory = {"start": resident_mb()}
    with opened(task.data, task.kb, on_progress) as base:
        check_known(base, judgements, task.kb or task.data)
        base.search(task.data.name, 1, legs=task.legs, rerank=task.rerank)  # loading the models is nobody's question
        memory["with models and index"] = resident_mb()
        stages = stages_of(base, task, judgements.queries.values())
        last, whole = stages.popitem()
        keep = None if on_result is None else _told(judgements, on_result)
        searches = {name: ranking(ask) for name, ask in stages.items() if keep} | {last: ranking(whole, keep)}
        found = {}
        for name, search in searches.items():
            base.forget_questions()  # the stage before asked the same ones
            found[name] = evaluate(task.data.name, judgements, search, on_question)
    made = record(found, command)
    memory["peak"] = made["peak_mb"]
    return made | {
        "memory_mb": {when: round(mb) for when, mb in memory.items() if mb is not None},
        "models": models_of(base.settings, task),
    }


def measure_answers(
    task: Task,
    file: Path,
    command: str,
    report: Path | None = None,
    *,
    on_question: OnQuestion | None = None,
    on_progress: OnProgress | None = None,
) -> Measured:
    """Ask the questions in `file` and their near-misses, and judge what is quoted; `report` as in `measure_and_report`.

    Answers are quoted, whatever the settings say. Documents that the judgements grade 2 or higher are right as well.

    Raises:
        SourceError: a line of the file is no example, or its evidence does not stand where it says.
    """
    examples = read_cases(file, task.limit, SEED)
    qrels = all_qrels(task)
    folder = None if report is None else ReportFolder.open(report)
    memory = {"start": resident_mb()}
    with opened(task.data, task.kb, on_progress, quoting=True) as base:
        _check_evidence(base, file, examples)
        base.ask(task.data.name)  # loading the models is nobody's question
        memory["with models and index"] = resident_mb()
        outcomes = ask_cases(examples, base.ask, qrels, on_question)
    made = answers_record(task.data.name, str(file), outcomes, command)
    memory["peak"] = made["peak_mb"]
    made |= {
        "memory_mb": {when: round(mb) for when, mb in memory.items() if mb is not None},
        "models": models_of(base.settings, task),
    }
    return Measured(made, None, None if folder is None else folder.write(made, answers_page))


def all_qrels(task: Task) -> Qrels:
    """The judgements that are named, else all that the folder has, for the questions may be of any split."""
    files = [task.qrels] if task.qrels else sorted((task.data / "qrels").glob("*.tsv*"))
    found: dict[str, Mapping[str, int]] = {}
    for file in files:
        for question, grades in read_judgements(task.data, file).qrels.items():
            found[question] = {**found.get(question, {}), **grades}
    return found


def _check_evidence(base: KnowledgeBase, file: Path, examples: Sequence[AnswerCase]) -> None:
    known = {info.id for info in base.documents()}
    for each in examples:
        if each.passage not in known:
            raise malformed(file, each.line, f"there is no document {each.passage!r}", "name documents by their ids")
        if base.read(each.passage, each.start, each.end) != each.evidence:
            raise malformed(file, each.line, f"'evidence' is not what stands there in {each.passage!r}")


def stages_of(kb: KnowledgeBase, task: Task, questions: Iterable[str]) -> dict[str, EngineSearch]:
    """Searches that each do more than the one before, as far as settings and questions have it; last is the whole."""

    plain = kb.without("diversity")

    def ask(legs: Sequence[str], rerank: bool, rerank_ms: float | None = None) -> EngineSearch:
        return lambda question: plain.search(question, _DEPTH, legs=legs, rerank=rerank, rerank_ms=rerank_ms)

    settings = kb.settings.rerank
    summaries = kb.settings.recall.summaries
    stages = {leg: ask((leg,), rerank=False) for leg in LEGS if leg in task.legs and (leg != SUMMARY or summaries)}
    if len(task.legs) > 1:
        fixed = kb.without("policy")
        main = [leg for leg in task.legs if leg != SUMMARY]
        stages["fused"] = lambda question: fixed.search(question, _DEPTH, legs=main, rerank=False)
        if kb.policy:
            stages["fused per query"] = ask(main, rerank=False)
        if summaries and SUMMARY in task.legs:
            stages["+ summaries"] = ask(task.legs, rerank=False)
    if task.reranks and settings.coarse:
        stages["+ coarse"] = ask(task.legs, rerank=True, rerank_ms=0)
    if task.reranks and settings.model != "none":
        stages["+ fine"] = ask(task.legs, rerank=True)
    if task.reranks and _diversifies(kb.settings.diversity, questions):
        stages["+ diversity"] = lambda question: kb.search(question, _DEPTH, legs=task.legs, rerank=True)
    return stages


def _diversifies(settings: DiversitySettings, questions: Iterable[str]) -> bool:
    """Whether diversity may change the hits of any of these questions: sides are covered where things are compared."""
    if settings.novelty > 0 or settings.per_document is not None:
        return True
    return settings.coverage and any(understand(question).parts for question in questions)


def compare_rerankers(
    names: Sequence[str],
    data: Path,
    *,
    kb: Path | None = None,
    qrels: Path | None = None,
    limit: int | None = None,
    depth: int | None = None,
    on_question: OnQuestion | None = None,
    on_progress: OnProgress | None = None,
) -> Comparison:
    """Measure rerankers over `depth` hits a question (default: as many as are reranked) of the same first stage.

    Without a corpus in `data`, the questions are asked of the knowledge base `kb`, whose documents they judge.
    """
    settings = read_settings(data if kb is None or has_corpus(data) else kb).rerank
    contenders = [contender(name, settings.threads, settings.runtime) for name in names]
    judgements = sample(read_judgements(data, qrels), limit)
    with opened(data, kb, on_progress) as base:
        check_known(base, judgements, kb or data)

        plain = base.without("rules")

        def find(question: str) -> tuple[Query, Sequence[Hit], float]:
            result = plain.search(question, depth or settings.fine, rerank_ms=0)
            return result.query, result.hits, sum(result.timings_ms.values())

        candidates = gather(data.name, judgements, find, on_question)
    return compare(candidates, contenders, settings.weight, on_question)


def opened(
    data: Path, kb: Path | None, on_progress: OnProgress | None = None, *, quoting: bool = False
) -> KnowledgeBase:
    """The knowledge base of the corpus of a folder, or `kb` where it has none; `quoting`: without a language model."""
    if has_corpus(data):
        settings = corpus_settings(data)
        return open_corpus(data, without_llm(settings) if quoting else settings, on_progress)
    if kb is None:
        raise WrongUse(f"{data} has no corpus.jsonl: name the knowledge base that its questions are about with --kb.")
    settings = read_settings(kb)
    return KnowledgeBase.open(kb, create=False, settings=without_llm(settings) if quoting else settings)


def check_known(base: KnowledgeBase, judgements: Judgements, place: Path) -> None:
    """WrongUse where none of the judged documents is there."""
    known = {info.id for info in base.documents()}
    if known.isdisjoint(document for grades in judgements.qrels.values() for document in grades):
        raise WrongUse(f"No document that is judged is in {place}: name documents by their ids there.")


def corpus_settings(data: Path) -> Settings:
    """The settings for a corpus of judged passages."""
    settings = read_settings(data)
    # A near-identical passage may be judged relevant in its own right: only identical ones are left out here.
    return settings.model_copy(update={"fuse": settings.fuse.model_copy(update={"duplicate": 1.0})})


def ask_corpus(kb: KnowledgeBase, legs: Sequence[str], rerank: bool | None = None) -> Ranker:
    """Rank documents by their best chunk, with the settings' reranker or without."""
    return ranking(lambda question: kb.search(question, _DEPTH, legs=legs, rerank=rerank))


def ranking(ask: EngineSearch, keep: Callable[[Result], None] | None = None) -> Ranker:
    """A search as `evaluate` asks it: documents by their best passages. `keep` is told what each finds."""

    def search(question: str) -> tuple[list[str], Mapping[str, float]]:
        result = ask(question)
        if keep is not None:
            keep(result)
        return documents(result.hits), result.timings_ms

    return search


def _told(judgements: Judgements, on_result: OnResult) -> Callable[[Result], None]:
    """Tells what is found for the questions, which come in the order of the judgements."""
    questions = enumerate(judgements.queries, 1)

    def keep(result: Result) -> None:
        n, query = next(questions)
        on_result(n, result, judgements.qrels[query])

    return keep


def models_of(settings: Settings, task: Task) -> list[dict[str, Any]]:
    """The models that take part, as a record names them."""
    names = {"encoder": settings.encoder.model}
    if task.reranks and settings.rerank.model != "none":
        names["reranker"] = settings.rerank.model
    found = {stage: locate(name) for stage, name in names.items()}
    return [{"stage": stage, "id": model.id, "disk_mb": round(model.disk_mb, 1)} for stage, model in found.items()]


def open_corpus(data: Path, settings: Settings, on_progress: OnProgress | None = None) -> KnowledgeBase:
    """The knowledge base of a BEIR corpus, from the cache where one of that content, model and chunks was made before.

    What an earlier run left undone is taken up. While another process has it open, this one waits for its end.
    """
    encoder = load_encoder(settings.encoder.model, threads=settings.encoder.threads)
    corpus = [Document(p.id, p.title, p.text, "beir", "", 0.0) for p in read_corpus(data)]
    made_with = (encoder.id, ANALYSER, settings.chunk, *(["token vectors"] if settings.rerank.coarse else []))
    if settings.recall.summaries:
        made_with += ("summaries",)
    key = hashlib.sha256(repr(made_with).encode())
    for document in corpus:
        key.update(f"{document.id}\0{document.title}\0{document.text}\0".encode())
    kb = _opened_when_free(_cached(key.hexdigest()[:16]), settings, encoder)
    with ExitStack() as undo:  # closed again where something fails
        undo.callback(kb.close)
        known = {info.id for info in kb.documents()}
        if missing := [document for document in corpus if document.id not in known]:
            kb.put(missing, on_progress=on_progress)
        undo.pop_all()
    return kb


def _opened_when_free(folder: Path, settings: Settings, encoder: Encoder) -> KnowledgeBase:
    told = False
    while True:
        try:
            return KnowledgeBase.open(folder, settings=settings, encoder=encoder)
        except Busy as busy:
            if busy.holder == os.getpid():
                raise  # would wait for itself
            if not told:
                _log.warning("Process %s works with the same corpus; this one waits for its end.", busy.holder)
            told = True
            time.sleep(_PAUSE)


def _cached(key: str) -> Path:
    """The folder of what has this key, whatever its data set is called."""
    base = os.environ.get("XDG_CACHE_HOME")
    cache = (Path(base) if base else Path.home() / ".cache") / "wenyuan" / "eval"
    named = sorted(cache.glob(f"*-{key}"))  # as 0.2.0 called them: data set and key
    return named[0] if named else cache / key
