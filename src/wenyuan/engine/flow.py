"""A question's flow: rules → narrow → recall → weigh → fuse → distinct → rerank → diversify → reorder → assemble.

`Flow.find` is that line. Searches, answers, a model's own searches, those for the sides of a comparison or for a pinned
document, evaluation and diagnosis all go through it; a replay of a trace (`engine.diagnose.replay`) enters at fuse.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace

from wenyuan.assemble import assemble
from wenyuan.conversation import Rewriter, supported
from wenyuan.diversify import cover, diversify
from wenyuan.engine.way import WHOLE, Omissible, Result, Way, choosy, depth_of, plan_of
from wenyuan.errors import WenyuanError, WrongUse
from wenyuan.filters import inside, payload_of
from wenyuan.fuse import Ranking, distinct, fuse
from wenyuan.models import CachedCrossEncoder, OnnxEncoder
from wenyuan.recall import MAIN, SUMMARY, ByMeaning, BySummary, ByWords, Leg, recall, shares, with_share
from wenyuan.recall.summary import Summarised
from wenyuan.rerank import rerank
from wenyuan.rules import Rule, Rules, narrowed, reordered
from wenyuan.settings import DiversitySettings, Settings, without_constraints
from wenyuan.trace import Asked, Fused, Trace, Weighed
from wenyuan.types import (
    Classifier,
    Context,
    CountTokens,
    CrossEncoder,
    Encoder,
    Filter,
    Glossary,
    Hit,
    LegPolicy,
    Message,
    Query,
    Recalled,
    Source,
    TokenScorer,
    Value,
    Vector,
    View,
)
from wenyuan.understand import understand
from wenyuan.weigh import readable, weigh

_PER_SIDE = 3  # hits of a sub-question


@dataclass(frozen=True, slots=True)
class Flow:
    """The stages and what they work with; each method reads one view, any number of threads may call it."""

    settings: Settings
    encoder: Encoder
    sections: Summarised
    rewriter: Rewriter
    scorer: TokenScorer | None = None
    reranker: CrossEncoder | None = None
    rules: Rules = field(default_factory=Rules)
    intents: Classifier | None = None
    policy: LegPolicy | None = None
    glossary: Glossary | None = None

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The legs of recall that the settings want."""
        fuse_by = self.settings.fuse
        legs: tuple[Leg, ...] = (ByMeaning(), ByWords(1 - fuse_by.dense, self.glossary))
        return (*legs, BySummary(fuse_by.summary, self.sections)) if self.settings.recall.summaries else legs

    # --- the question ---

    def understand(
        self,
        view: View,
        question: str | Query,
        filter: Filter | None = None,
        history: Sequence[Message] = (),
        trace: Trace | None = None,
    ) -> Query:
        """What is read out of a question; the result can be changed and asked in its place, within another filter.

        In the light of `history`, the turns before it, it is made a question that stands alone.
        """
        if isinstance(question, Query):
            return question if filter is None else replace(question, filter=filter)
        typed = understand(question, filter)
        if typed.courtesy == "acknowledgement" and _asks(history):
            typed = replace(typed, courtesy=None)
        if typed.courtesy or not (history and self.settings.understand.rewrite):
            return replace(self._read(view, question, filter, trace), courtesy=typed.courtesy)
        alone = supported(self.rewriter.rewrite(question, history), view, filter)
        query = self._read(view, alone.question, filter, trace)
        rewritten = alone.question if alone.question != typed.normalised else None
        query = replace(query, text=question, language=typed.language, courtesy=None)
        return replace(query, rewritten=rewritten, context=alone.context)

    def _read(self, view: View, question: str, filter: Filter | None, trace: Trace | None) -> Query:
        named = view.named if self.settings.understand.constraints else None
        return understand(question, filter, encoder=self.encoder, intents=self.intents, named=named, trace=trace)

    def understood(
        self, view: View, question: str | Query, history: Sequence[Message], filter: Filter | None, trace: Trace
    ) -> Query:
        """The question as `understand` has it, with what was made of it in the trace."""
        trace.discreet = not view.scope.whole
        with nullcontext() if isinstance(question, Query) else trace.stage("understand"):
            trace.query = query = self.understand(view, question, filter, history, trace)
        if query.rewritten:
            trace.note(f"Asked as: {query.rewritten}")
        if query.context:
            trace.note("The question leans on the conversation: the user's earlier turns were searched with it.")
        return query

    def without(self, part: Omissible) -> Flow:
        """The same without rules, without diversity, with fixed weights, or without conditions read from questions."""
        if part == "rules":
            return replace(self, rules=Rules())
        if part == "policy":
            return replace(self, policy=None)
        if part == "constraints":
            return replace(self, settings=without_constraints(self.settings))
        plain = DiversitySettings(coverage=False)
        return replace(self, settings=self.settings.model_copy(update={"diversity": plain}))

    def warm_up(self) -> None:
        """Load the reranker on a thread of its own: the encoder is loaded meanwhile, by the first question."""
        if isinstance(self.reranker, CachedCrossEncoder):
            threading.Thread(target=_loaded, args=(self.reranker,), daemon=True).start()

    def forget(self) -> None:
        """Let no model remember a question."""
        if isinstance(self.encoder, OnnxEncoder):
            self.encoder.forget_queries()
        if isinstance(self.reranker, CachedCrossEncoder):
            self.reranker.forget()

    # --- who asks ---

    def search(
        self,
        view: View,
        question: str | Query,
        k: int,
        way: Way = WHOLE,
        *,
        history: Sequence[Message] = (),
        filter: Filter | None = None,
    ) -> Result:
        """The k best chunks, found this way; see `KnowledgeBase.search`."""
        if k < 1:
            raise WrongUse(f"{k} hits cannot be found; ask for at least 1.")
        if way.rerank_ms and self.reranker is None:
            raise WrongUse('There is no reranker to give time to; name one in the settings: [rerank] model = "…".')
        if way.legs == (SUMMARY,) and not self.settings.recall.summaries:
            raise WrongUse("There are no summaries to search: write [recall] summaries = true and run `wenyuan sync`.")
        trace = Trace()
        query = self.understood(view, question, history, filter, trace)
        if view.empty:
            trace.note("The knowledge base is empty; add documents first, with `wenyuan add FOLDER`.")
        fired = self.rules.fire(query, time.time(), trace)
        return Result(query, self.find(view, query, k, fired, trace, way), trace)

    def sources(
        self,
        view: View,
        query: Query,
        fired: Sequence[Rule],
        trace: Trace,
        *,
        k: int | None = None,
        budget: int | None = None,
        count_tokens: CountTokens | None = None,
    ) -> Context:
        """What an answer may be written from: the best passages, k of them in at most so many tokens.

        What is not given is that of the settings, and the encoder's tokens count.
        """
        settings = self.settings.answer
        hits = self.find(view, query, k or settings.sources, fired, trace)
        with trace.stage("assemble"):
            return assemble(
                query,
                hits,
                view,
                count_tokens or self.encoder.count_tokens,
                budget=settings.budget if budget is None else budget,
                trace=trace,
                reach=settings.context,
            )

    def passages(self, view: View, question: str, k: int, filter: Filter | None, trace: Trace) -> Sequence[Source]:
        """The best passages for a question that a language model asks on the way, within the asker's filter."""
        within = trace.within(f"search: {question}")
        query = self.understood(view, question, (), filter, within)
        return self.sources(view, query, self.rules.fire(query, time.time(), within), within, k=k).sources

    # --- the line ---

    def find(
        self, view: View, query: Query, k: int, fired: Sequence[Rule], trace: Trace, way: Way = WHOLE
    ) -> list[Hit]:
        """The k best hits, as the rules that fire have them; each line is a stage, each stage is in the trace."""
        trace.asked = self._asked(view, k)
        depth = depth_of(self.settings, k, fired, way, compares=self._compares, reads=self._reads(way))
        legs = [leg for leg in self.legs if leg.name in way.legs]
        within = narrowed(query, fired, trace)
        recalled = recall(within, self.encoder, view, depth.recalled, legs, trace)
        weights = self._weights(view, within, recalled, trace)
        ranking = self._fused(recalled, weights, trace)
        hits = self._distinct(view, ranking, depth.distinct, trace)
        if way.reranks:
            hits = self._reranked(view, within, hits, way, trace)[: depth.chosen]
            hits = self._diversified(view, within, hits, depth.ruled, way, trace)
        if not hits and within.filter != query.filter:
            trace.note("The filters of the rules that fired leave no passage.")
        if any(rule.rearranges for rule in fired):
            hits = self._reordered(view, hits, fired, trace)
        trace.hits = hits[:k]
        return hits[:k]

    # --- its stages, as the settings want them ---

    def _asked(self, view: View, k: int) -> Asked:
        models = {"encoder": self.encoder, "scorer": self.scorer, "reranker": self.reranker}
        return Asked(k, view.version, {role: model.id for role, model in models.items() if model})

    def _ms(self, way: Way) -> float | None:
        return self.settings.rerank.ms if way.rerank_ms is None else way.rerank_ms

    def _reads(self, way: Way) -> bool:
        return self.reranker is not None and self._ms(way) != 0

    @property
    def _compares(self) -> bool:
        return self.scorer is not None and self.settings.rerank.coarse > 0

    def _weights(self, view: View, query: Query, recalled: Recalled, trace: Trace) -> Mapping[str, float]:
        """What each leg counts: fixed, or shifted by the policy where it is sure."""
        weights: Mapping[str, float] = shares(leg for leg in self.legs if leg.name in MAIN)
        main = {leg: recalled[leg] for leg in MAIN if leg in recalled}
        weighed: Weighed | None = None
        if self.policy and len(main) == len(MAIN):
            with trace.stage("weigh"):
                weighed = weigh(query, main, view.chunks(readable(main)), self.policy, weights)
            weights = weighed.weights
        for leg in self.legs:
            if leg.name not in MAIN and leg.name in recalled:
                weights = with_share(weights, leg.name, leg.share)
        trace.weighed = weighed
        return weights

    def _fused(self, recalled: Recalled, weights: Mapping[str, float], trace: Trace) -> Ranking:
        settings = self.settings.fuse
        with trace.stage("fuse"):
            ranking = fuse(recalled, weights, method=settings.method, normalise=settings.normalise)
        normalised, order, scores = ranking.normalised, ranking.order, ranking.scores
        trace.fused = Fused(settings.method, settings.normalise, weights, normalised, order, scores)
        return ranking

    def _distinct(self, view: View, ranking: Ranking, k: int, trace: Trace) -> list[Hit]:
        with trace.stage("fetch"):
            return distinct(ranking, view.fingerprinted, self.settings.fuse.duplicate, k, trace)

    def _reranked(self, view: View, query: Query, hits: list[Hit], way: Way, trace: Trace) -> list[Hit]:
        fine = self.reranker if self._reads(way) else None
        if not (self._compares or fine):
            return hits

        def coarse(query: Query, hits: Sequence[Hit]) -> Vector:
            assert self.scorer
            ids = [hit.chunk.id for hit in hits]
            states = view.states(ids)
            return self.scorer.score(query.normalised, [states.get(chunk, b"") for chunk in ids])

        plan = plan_of(self.settings.rerank, self._ms(way))
        return rerank(query, hits, plan, trace, coarse=coarse if self._compares else None, fine=fine)

    def _diversified(self, view: View, query: Query, hits: list[Hit], k: int, way: Way, trace: Trace) -> list[Hit]:
        settings = self.settings.diversity
        sides = query.parts if settings.coverage else ()
        if not (choosy(settings) or sides):
            return hits
        with trace.stage("diversify"):
            if choosy(settings):
                found = view.fingerprinted([hit.chunk.id for hit in hits])
                prints = [found[hit.chunk.id].fingerprint for hit in hits]
                hits = diversify(hits, prints, k, novelty=settings.novelty, per_document=settings.per_document)
            if sides:
                trace.note("Looked for each side, too: " + "; ".join(sides))
                hits = cover(hits, [self._side(view, side, way, trace) for side in sides], k)
        trace.rearranged["diversify"] = hits
        return hits

    def _side(self, view: View, side: str, way: Way, trace: Trace) -> list[Hit]:
        """What is found for one side of a comparison, without reranking."""
        assert trace.searched
        query = replace(trace.searched, normalised=side, parts=())
        return self.find(view, query, _PER_SIDE, (), trace.within(f"side: {side}"), Way(way.legs, rerank=False))

    def _reordered(self, view: View, hits: list[Hit], fired: Sequence[Rule], trace: Trace) -> list[Hit]:
        def fields(document: str) -> Mapping[str, Value] | None:
            info = view.info(document)
            return payload_of(info) if info else None

        def best(document: str) -> Hit | None:
            """A document's best passage as fusion sees it; a trace names none that the reader does not see."""
            assert trace.searched
            if view.info(document) is None:
                return None
            query, within = inside(trace.searched, document), trace.within(f"pinned: {document}")
            return next(iter(self.find(view, query, 1, (), within, Way(rerank=False))), None)

        with trace.stage("rules"):
            hits = reordered(hits, fired, fields, best, trace)
        trace.rearranged["rules"] = hits
        return hits


def _loaded(model: CachedCrossEncoder) -> None:
    with suppress(WenyuanError):  # who uses it is told
        model.load()


def _asks(history: Sequence[Message]) -> bool:
    """Whether the last turn is a question of the assistant's ("Shall I look?"), so that "yes" is an answer."""
    last = next((message for message in reversed(history) if message.role in ("user", "assistant")), None)
    return last is not None and last.role == "assistant" and last.content.rstrip().endswith(("?", "？"))
