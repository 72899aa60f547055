"""The question flow: understand → recall → fuse → rerank → assemble → prompt → generate (→ verify) → answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wenyuan import rerank as reranking
from wenyuan.assemble import assemble
from wenyuan.errors import WrongUse
from wenyuan.fuse import Ranking, duplicates, fuse
from wenyuan.prompt import build_prompt
from wenyuan.recall import LEGS, recall
from wenyuan.rerank import Coarse, Plan
from wenyuan.settings import Settings
from wenyuan.store.archive import Archive
from wenyuan.store.catalogue import Row
from wenyuan.trace import Asked, Distinct, Fused, Trace
from wenyuan.types import Answer, Context, CrossEncoder, Encoder, Filter, Generator, Hit, Query, TokenScorer, Vector
from wenyuan.understand import understand


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
    generator: Generator
    settings: Settings

    def search(
        self,
        question: str,
        k: int = 10,
        *,
        filter: Filter | None = None,
        legs: Sequence[str] = LEGS,
        rerank: bool = True,
        rerank_ms: float | None = None,
    ) -> Result:
        """The k best chunks, near-identical ones once. `legs` may name one of "bm25" and "dense" only.

        Without `rerank` the order is that of fusion. `rerank_ms` is the time for the reranking model, where it is not
        to be that of the settings; 0: without it, yet compared token by token.
        """
        if k < 1:
            raise WrongUse(f"{k} hits cannot be found; ask for at least 1.")
        if not legs or not set(legs) <= set(LEGS):
            raise WrongUse(f"The legs {', '.join(legs)} are not known; choose from {', '.join(LEGS)}.")
        if rerank_ms and self.reranker is None:
            raise WrongUse('There is no reranker to give time to; name one in the settings: [rerank] model = "…".')
        trace = Trace()
        trace.query = query = understand(question, filter)
        trace.asked = self._asked(k)
        if rerank:
            hits = self._reranked(query, k, tuple(legs), trace, rerank_ms)
        else:
            hits = self._hits(query, k, tuple(legs), trace)
        trace.hits = hits
        return Result(query, hits, trace)

    def ask(self, question: str, *, filter: Filter | None = None, trace: Trace | None = None) -> Answer:
        """An answer whose every citation is a verbatim quote with its position, or a reasoned refusal.

        A new `trace` that is given is filled in.
        """
        trace = Trace() if trace is None else trace
        query, context = self.context(question, filter, trace)
        with trace.stage("prompt"):
            prompt = build_prompt(query, context)
        with trace.stage("generate"):
            answer = self.generator.generate(prompt)
        return replace(answer, timings_ms=dict(trace.timings_ms), notes=tuple(trace.notes))

    def context(self, question: str, filter: Filter | None, trace: Trace) -> tuple[Query, Context]:
        """What an answer to the question may use: the flow of `ask` up to the prompt."""
        settings = self.settings.answer
        trace.query = query = understand(question, filter)
        trace.asked = self._asked(settings.sources)
        trace.hits = hits = self._reranked(query, settings.sources, LEGS, trace)
        with trace.stage("assemble"):
            context = assemble(
                query,
                hits,
                self.archive.neighbours,
                self.archive.read,
                self.encoder.count_tokens,
                budget=settings.budget,
                trace=trace,
            )
        return query, context

    def _asked(self, k: int) -> Asked:
        models = {"encoder": self.encoder, "scorer": self.scorer, "reranker": self.reranker}
        return Asked(k, self.archive.version, {role: model.id for role, model in models.items() if model})

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
        trace.fused = Fused(
            settings.method, settings.normalise, weights, ranking.normalised, ranking.order, ranking.scores
        )
        with trace.stage("fetch"):
            return self._fetched(ranking, k, trace)

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
