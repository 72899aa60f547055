"""The question flow: understand → recall → fuse → rerank → assemble → prompt → generate (→ verify) → answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from wenyuan import rerank as reranking
from wenyuan.assemble import assemble
from wenyuan.conversation import Rewriter
from wenyuan.errors import WrongUse
from wenyuan.fuse import Ranking, distinct, fuse
from wenyuan.prompt import build_prompt
from wenyuan.recall import LEGS, recall
from wenyuan.rerank import Coarse, Plan
from wenyuan.settings import Settings
from wenyuan.store.archive import Archive
from wenyuan.store.catalogue import Row
from wenyuan.trace import Trace
from wenyuan.types import (
    Answer,
    CrossEncoder,
    Encoder,
    Filter,
    Generator,
    Hit,
    Message,
    Query,
    TokenScorer,
    Vector,
)
from wenyuan.understand import understand


@dataclass(frozen=True, slots=True)
class Result:
    """The hits of one search, best first, with what was noted on the way."""

    query: Query
    hits: list[Hit]
    notes: list[str] = field(default_factory=list)
    timings_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Questions:
    """Answers questions from an archive; its methods may run in several threads while the archive is written."""

    archive: Archive
    encoder: Encoder
    scorer: TokenScorer | None
    reranker: CrossEncoder | None
    generator: Generator
    settings: Settings
    rewriter: Rewriter

    def search(
        self,
        question: str,
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
        if k < 1:
            raise WrongUse(f"{k} hits cannot be found; ask for at least 1.")
        if not legs or not set(legs) <= set(LEGS):
            raise WrongUse(f"The legs {', '.join(legs)} are not known; choose from {', '.join(LEGS)}.")
        if rerank_ms and self.reranker is None:
            raise WrongUse('There is no reranker to give time to; name one in the settings: [rerank] model = "…".')
        trace = Trace()
        query = self._understood(question, history, filter, trace)
        if rerank:
            hits = self._reranked(query, k, tuple(legs), trace, rerank_ms)
        else:
            hits = self._hits(query, k, tuple(legs), trace)
        return Result(query, hits, trace.notes, trace.timings_ms)

    def ask(self, question: str, *, history: Sequence[Message] = (), filter: Filter | None = None) -> Answer:
        """An answer whose every citation is a verbatim quote with its position, or a reasoned refusal."""
        trace = Trace()
        answer_settings = self.settings.answer
        query = self._understood(question, history, filter, trace)
        hits = self._reranked(query, answer_settings.sources, LEGS, trace)
        with trace.stage("assemble"):
            context = assemble(
                query,
                hits,
                self.archive.neighbours,
                self.archive.read,
                self.encoder.count_tokens,
                budget=answer_settings.budget,
                trace=trace,
            )
        with trace.stage("prompt"):
            prompt = build_prompt(query, context)
        with trace.stage("generate"):
            answer = self.generator.generate(prompt)
        return replace(answer, timings_ms=dict(trace.timings_ms), notes=tuple(trace.notes))

    def _understood(self, question: str, history: Sequence[Message], filter: Filter | None, trace: Trace) -> Query:
        """The question, in the light of what was said before."""
        if not (history and self.settings.understand.rewrite):
            return understand(question, filter)
        with trace.stage("rewrite"):
            alone = self.rewriter.rewrite(question, history)
        typed, query = understand(question, filter), understand(alone.question, filter)
        rewritten = alone.question if alone.question != typed.normalised else None
        query = replace(query, text=question, language=typed.language, rewritten=rewritten, context=alone.context)
        if query.rewritten:
            trace.note(f"Asked as: {query.rewritten}")
        if query.context:
            trace.note("The question leans on the conversation: the user's earlier turns were searched with it.")
        return query

    def _reranked(
        self, query: Query, k: int, legs: tuple[str, ...], trace: Trace, rerank_ms: float | None = None
    ) -> list[Hit]:
        settings = self.settings.rerank
        ms = settings.ms if rerank_ms is None else rerank_ms
        coarse: Coarse | None = self._coarse if self.scorer and settings.coarse else None
        fine = None if ms == 0 else self.reranker
        depth = max(k, settings.candidates if coarse else 0, settings.fine if fine else 0)
        hits = self._hits(query, depth, legs, trace)
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
        with trace.stage("rerank"):
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
        recalled = recall(query, self.encoder, self.archive, candidates, trace, legs)
        with trace.stage("fuse"):
            weights = {"dense": settings.dense, "bm25": 1 - settings.dense}
            ranking = fuse(recalled, weights, method=settings.method, normalise=settings.normalise)
        with trace.stage("fetch"):
            return self._fetched(ranking, k)

    def _fetched(self, ranking: Ranking, k: int) -> list[Hit]:
        """The k best with their chunks, of near-identical ones only the best; more are looked at as some fall out."""
        rows: list[Row] = []
        for start in range(0, len(ranking.order), k):
            found = self.archive.rows(ranking.order[start : start + k])
            rows += [found[chunk] for chunk in ranking.order[start : start + k] if chunk in found]
            rows = [rows[n] for n in distinct([row.fingerprint for row in rows], self.settings.fuse.duplicate)]
            if len(rows) >= k:
                break
        chunks = [row.chunk for row in rows[:k]]
        legs = ranking.legs([chunk.id for chunk in chunks])
        return [Hit(n + 1, chunk, ranking.scores[chunk.id], legs[n]) for n, chunk in enumerate(chunks)]
