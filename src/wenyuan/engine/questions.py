"""A question's flow to its sources: understand → recall (→ weigh) → fuse → rerank → diversify → assemble.

The rules that fire for a question narrow recall and reorder what is left, or answer at once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

from wenyuan import rerank as reranking
from wenyuan.assemble import CountTokens, assemble
from wenyuan.conversation import Rewriter
from wenyuan.diversify import cover, diversify
from wenyuan.engine.diagnose.conditions import inside
from wenyuan.errors import WrongUse
from wenyuan.filters import payload_of
from wenyuan.fuse import Ranking, duplicates, fuse
from wenyuan.recall import LEGS, MAIN, SUMMARY, recall
from wenyuan.rerank import Coarse, Plan
from wenyuan.rules import Rule, Rules, curated, narrowed, reordered
from wenyuan.settings import Settings
from wenyuan.store.archive import Archive
from wenyuan.store.rows import Row
from wenyuan.store.tables.summaries import Sections
from wenyuan.trace import Asked, Distinct, Fired, Fused, Trace, Weighed
from wenyuan.types import (
    Answer,
    Classifier,
    Context,
    CrossEncoder,
    Document,
    Encoder,
    Filter,
    Hit,
    LegPolicy,
    Message,
    Query,
    Recalled,
    Source,
    TokenScorer,
    Value,
    Vector,
    marks_within,
)
from wenyuan.understand import understand
from wenyuan.understand.titles import Titles
from wenyuan.weigh import readable, weigh

_SPARE = 5  # times as many hits as are asked for, to choose unlike ones from
_PER_SIDE = 3  # hits of a sub-question


@dataclass(frozen=True, slots=True)
class Way:
    """How far a search goes; WrongUse for legs that there are not."""

    legs: tuple[str, ...] = LEGS
    rerank: bool = True  # without it the order is that of fusion
    rerank_ms: float | None = None  # None: that of the settings; 0: compared token by token only

    def __post_init__(self) -> None:
        if not self.legs or not set(self.legs) <= set(LEGS):
            raise WrongUse(f"The legs {', '.join(self.legs)} are not known; choose from {', '.join(LEGS)}.")


@dataclass(frozen=True, slots=True)
class Result:
    """The hits of one search, best first, with what each stage saw and did on the way."""

    query: Query
    hits: list[Hit]
    trace: Trace

    @property
    def notes(self) -> list[str]:
        """Warnings and what was cut, one sentence each."""
        return self.trace.notes

    @property
    def fired(self) -> list[Fired]:
        """What rules did."""
        return self.trace.fired

    @property
    def timings_ms(self) -> Mapping[str, float]:
        """What each stage took."""
        return self.trace.timings_ms


@dataclass(frozen=True, slots=True)
class Questions:
    """Answers questions from an archive; its methods may run in several threads while the archive is written."""

    archive: Archive
    encoder: Encoder
    scorer: TokenScorer | None
    reranker: CrossEncoder | None
    settings: Settings
    rules: Rules
    rewriter: Rewriter
    intents: Classifier | None = None
    titles: Titles | None = None
    policy: LegPolicy | None = None

    @property
    def sections(self) -> Sections | None:
        """The sections that are searched by their summaries; None where that is not wanted."""
        return self.archive.sections if self.settings.recall.summaries else None

    def understand(self, question: str | Query, filter: Filter | None = None, history: Sequence[Message] = ()) -> Query:
        """What is read out of a question; the result can be changed and asked in its place, within another filter.

        In the light of `history`, the turns before it, it is made a question that stands alone.
        """
        if isinstance(question, Query):
            return question if filter is None else replace(question, filter=filter)
        if not (history and self.settings.understand.rewrite):
            return self._read(question, filter)
        alone = self.rewriter.rewrite(question, history)
        typed, query = understand(question, filter), self._read(alone.question, filter)
        rewritten = alone.question if alone.question != typed.normalised else None
        return replace(query, text=question, language=typed.language, rewritten=rewritten, context=alone.context)

    def _read(self, question: str, filter: Filter | None) -> Query:
        named = self.titles.named if self.titles else None
        return understand(question, filter, encoder=self.encoder, intents=self.intents, named=named)

    def search(
        self,
        question: str | Query,
        k: int,
        way: Way,
        *,
        history: Sequence[Message] = (),
        filter: Filter | None = None,
    ) -> Result:
        """The k best chunks, found this way; see `KnowledgeBase.search`."""
        if k < 1:
            raise WrongUse(f"{k} hits cannot be found; ask for at least 1.")
        if way.rerank_ms and self.reranker is None:
            raise WrongUse('There is no reranker to give time to; name one in the settings: [rerank] model = "…".')
        if way.legs == (SUMMARY,) and self.sections is None:
            raise WrongUse("There are no summaries to search: write [recall] summaries = true and run `wenyuan sync`.")
        trace = Trace()
        query = self.understood(question, history, filter, trace)
        trace.asked = self._asked(k)
        fired = self.rules.fire(query, time.time(), trace)
        return Result(query, self.ruled(query, k, fired, trace, way), trace)

    def context(self, query: Query, trace: Trace) -> Context:
        """What an answer made from sources may use: the flow of `ask` up to the prompt, curated answers aside."""
        trace.query = query
        fired = self.rules.fire(query, time.time(), trace)
        return self.sources(query, fired, trace, self.settings.answer.budget, self.encoder.count_tokens)

    def sources(
        self, query: Query, fired: Sequence[Rule], trace: Trace, budget: int, count_tokens: CountTokens
    ) -> Context:
        """What an answer may be written from: at most so many tokens of the best passages."""
        settings = self.settings.answer
        trace.asked = self._asked(settings.sources)
        hits = self.ruled(query, settings.sources, fired, trace)
        with trace.stage("assemble"):
            return assemble(
                query,
                hits,
                self.archive,
                count_tokens,
                budget=budget,
                trace=trace,
                reach=settings.context,
            )

    def passages(self, question: str, k: int, filter: Filter | None) -> Sequence[Source]:
        """The best passages for a question that a language model asks on the way, within the asker's filter."""
        trace = Trace()
        query = self.understood(question, (), filter, trace)
        hits = self.ruled(query, k, self.rules.fire(query, time.time(), trace), trace)
        budget = self.settings.answer.budget
        return assemble(query, hits, self.archive, self.encoder.count_tokens, budget=budget, trace=trace).sources

    def span(self, document: str, start: int, end: int) -> Source | None:
        """A stretch of a document; None where there is no such document."""
        info = self.archive.info(document)
        if info is None:
            return None
        text = self.archive.read(document, start, end)
        end = start + len(text)
        marks = marks_within(self.archive.marks(document), start, end)
        return Source(0, document, info.title, text, start, end, (), 0.0, (), marks=marks)

    def dates(self, context: Context) -> dict[str, float]:
        """When the documents of a context were written."""
        infos = {source.document: self.archive.info(source.document) for source in context.sources}
        return {document: info.time for document, info in infos.items() if info}

    def _asked(self, k: int) -> Asked:
        models = {"encoder": self.encoder, "scorer": self.scorer, "reranker": self.reranker}
        return Asked(k, self.archive.version, {role: model.id for role, model in models.items() if model})

    def understood(
        self, question: str | Query, history: Sequence[Message], filter: Filter | None, trace: Trace
    ) -> Query:
        """The question as `understand` has it, with what was made of it in the trace."""
        with nullcontext() if isinstance(question, Query) else trace.stage("understand"):
            trace.query = query = self.understand(question, filter, history)
        if query.rewritten:
            trace.note(f"Asked as: {query.rewritten}")
        if query.context:
            trace.note("The question leans on the conversation: the user's earlier turns were searched with it.")
        return query

    def _found(self, query: Query, k: int, way: Way, trace: Trace) -> list[Hit]:
        """The k hits to answer from, rules aside; what is looked for besides leaves no mark in the trace."""
        if not way.rerank:
            return self._hits(query, k, way.legs, trace)
        settings = self.settings.diversity
        choosy = settings.novelty > 0 or settings.per_document is not None
        covered = settings.coverage and query.parts
        hits = self._reranked(query, _SPARE * k if choosy else k, way, trace)
        if choosy:
            with trace.stage("diversify"):
                rows = self.archive.rows([hit.chunk.id for hit in hits])
                kept = [hit for hit in hits if hit.chunk.id in rows]  # a commit may come between
                prints = [rows[hit.chunk.id].fingerprint for hit in kept]
                hits = diversify(kept, prints, k, novelty=settings.novelty, per_document=settings.per_document)
        if covered:
            trace.note("Looked for each side, too: " + "; ".join(query.parts))
            assert trace.searched
            sides = [replace(trace.searched, normalised=part, parts=()) for part in query.parts]
            hits = cover(hits, [self._hits(side, _PER_SIDE, way.legs, Trace()) for side in sides], k)
        if choosy or covered:
            trace.rearranged["diversify"] = hits
        return hits

    def curated(self, query: Query, fired: Sequence[Rule], now: float, trace: Trace) -> Answer | None:
        """The answer that the rules which fire have for the question."""
        return curated(query, fired, now, self._document, trace)

    def ruled(self, query: Query, k: int, fired: Sequence[Rule], trace: Trace, way: Way = Way()) -> list[Hit]:
        """The k best hits as the rules that fire have them."""
        within = narrowed(query, fired, trace)
        scales = any(rule.boost or rule.bury for rule in fired)
        hits = self._found(within, max(k, self.settings.recall.candidates) if scales else k, way, trace)
        if not hits and within.filter != query.filter:
            trace.note("The filters of the rules that fired leave no passage.")
        if any(rule.rearranges for rule in fired):
            with trace.stage("rules"):
                hits = reordered(hits, fired, self._fields, lambda document: self._best(document, trace), trace)
            trace.rearranged["rules"] = hits
        trace.hits = hits[:k]
        return hits[:k]

    def _best(self, document: str, trace: Trace) -> Hit | None:
        """A document's best passage as fusion sees it; no stage of the question's own search, so not in its trace."""
        assert trace.searched
        within = inside(trace.searched, document)
        return next(iter(self._hits(within, 1, LEGS, Trace())), None)

    def _fields(self, document: str) -> Mapping[str, Value] | None:
        info = self.archive.info(document)
        return payload_of(info) if info else None

    def _document(self, document: str) -> Document | None:
        return self.archive.document(document) if self.archive.info(document) else None

    def _reranked(self, query: Query, k: int, way: Way, trace: Trace) -> list[Hit]:
        settings = self.settings.rerank
        ms = settings.ms if way.rerank_ms is None else way.rerank_ms
        coarse: Coarse | None = self._coarse if self.scorer and settings.coarse else None
        fine = None if ms == 0 else self.reranker
        depth = max(k, settings.candidates if coarse else 0, settings.fine if fine else 0)
        hits = self._hits(query, depth, way.legs, trace)
        if not (coarse or fine):
            return hits
        plan = Plan(
            candidates=settings.candidates,
            coarse_weight=settings.coarse,
            fine=settings.fine,
            weight=settings.weight,
            ms=ms,
            coarse_threshold=settings.coarse_threshold,
            fine_threshold=settings.threshold,
        )
        return reranking.rerank(query, hits, plan, trace, coarse=coarse, fine=fine)[:k]

    def _coarse(self, query: Query, hits: Sequence[Hit]) -> Vector:
        assert self.scorer
        ids = [hit.chunk.id for hit in hits]
        states = self.archive.states(ids)
        return self.scorer.score(query.normalised, [states.get(chunk, b"") for chunk in ids])

    def _hits(self, query: Query, k: int, legs: tuple[str, ...], trace: Trace) -> list[Hit]:
        """The k best of the legs' lists made one."""
        settings = self.settings.fuse
        candidates = max(k, self.settings.recall.candidates)
        recalled = self._recalled(query, candidates, legs, trace)
        with trace.stage("fuse"):
            fixed = {"dense": settings.dense, "bm25": 1 - settings.dense}
            weighed = self._weighed(query, recalled, fixed)
            weights = weighed.weights if weighed else fixed
            if SUMMARY in recalled:
                weights = _with_summaries(weights, settings.summary)
            ranking = fuse(recalled, weights, method=settings.method, normalise=settings.normalise)
        trace.fused = Fused(
            settings.method, settings.normalise, weights, ranking.normalised, ranking.order, ranking.scores, weighed
        )
        with trace.stage("fetch"):
            return self._fetched(ranking, k, trace)

    def _weighed(self, query: Query, recalled: Recalled, fixed: Mapping[str, float]) -> Weighed | None:
        """What the policy makes of the weights, where there is one and a weight makes a difference."""
        main = {leg: recalled[leg] for leg in MAIN if leg in recalled}
        if self.policy is None or len(main) < len(MAIN):
            return None
        return weigh(query, main, self.archive.chunks(readable(main)), self.policy, fixed)

    def _recalled(self, query: Query, candidates: int, legs: tuple[str, ...], trace: Trace) -> Recalled:
        """Each leg's list; conditions that the question states are dropped where nothing meets them."""
        recalled = recall(query, self.encoder, self.archive, candidates, trace, legs, self.sections)
        if SUMMARY in recalled and not self.archive.sections.count():
            trace.note("No section has a summary: run `wenyuan sync`, or add the documents again.")
        stated = ", ".join(f'"{each.phrase}"' for each in query.constraints)
        if not stated:
            return recalled
        if any(recalled.values()):
            trace.note(f"Only documents that fit {stated} were searched, as the question says.")
            return recalled
        trace.note(f"No document fits {stated}, so all were searched.")
        query = replace(query, constraints=())
        return recall(query, self.encoder, self.archive, candidates, trace, legs, self.sections)

    def _fetched(self, ranking: Ranking, k: int, trace: Trace) -> list[Hit]:
        """The k best with their chunks, of near-identical ones only the best; more are looked at as some fall out."""
        threshold = self.settings.fuse.duplicate
        rows: list[Row] = []
        seen: list[Row] = []
        of: dict[int, int] = {}
        for start in range(0, len(ranking.order), k):
            found = self.archive.rows(ranking.order[start : start + k])
            page = [found[chunk] for chunk in ranking.order[start : start + k] if chunk in found]
            seen += page
            rows += page
            dropped = duplicates([row.fingerprint for row in rows], threshold)
            of |= {rows[n].chunk.id: rows[kept].chunk.id for n, kept in dropped.items()}
            rows = [row for n, row in enumerate(rows) if n not in dropped]
            if len(rows) >= k:
                break
        trace.distinct = Distinct(seen, of, threshold, k)
        chunks = [row.chunk for row in rows[:k]]
        legs = ranking.legs([chunk.id for chunk in chunks])
        return [Hit(n + 1, chunk, ranking.scores[chunk.id], legs[n]) for n, chunk in enumerate(chunks)]


def _with_summaries(weights: Mapping[str, float], share: float) -> dict[str, float]:
    """Weights with a share for the leg of summaries, taken from the others in proportion."""
    return {leg: (1 - share) * weight for leg, weight in weights.items()} | {SUMMARY: share}
