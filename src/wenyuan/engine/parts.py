"""What the settings name, loaded: the models that take part, and who writes the answers."""

from __future__ import annotations

from pathlib import Path

from wenyuan.conversation import ModelRewriter, Rewriter, RuleRewriter
from wenyuan.engine.endpoints import chat_model
from wenyuan.engine.model_writer import ModelWriter
from wenyuan.engine.writing import JOURNAL, Quoter, Writer
from wenyuan.errors import WrongModel, WrongUse
from wenyuan.generate import DraftJudge, Extractive
from wenyuan.models import (
    CachedCrossEncoder,
    load_classifier,
    load_cross_encoder,
    load_late_interaction,
    load_policy,
)
from wenyuan.settings import FuseSettings, RerankSettings, Settings, UnderstandSettings
from wenyuan.types import Classifier, CrossEncoder, Encoder, Generator, LegPolicy, TokenScorer
from wenyuan.weigh import FEATURES


def writer_of(settings: Settings, folder: Path, encoder: Encoder, generator: Generator | None) -> Writer:
    """A generator that is given comes first, then the settings' language model; else answers are quoted."""
    answer = settings.answer
    extractive = Extractive(encoder, sentences=answer.sentences)
    model = None if generator else chat_model(settings.llm, folder)
    if model is None:
        return Quoter(generator or extractive, encoder, answer.budget)
    return ModelWriter(model, settings, folder / JOURNAL, fallback=extractive if settings.llm.extractive else None)


def judge_of(settings: Settings, encoder: Encoder) -> DraftJudge:
    """What decides on drafts, whoever wrote them."""
    evidence = Extractive(encoder).confidence
    return DraftJudge(encoder=encoder, evidence=evidence, confidence=settings.answer.confidence)


def rewriter_of(settings: UnderstandSettings, encoder: Encoder, writer: Writer) -> Rewriter:
    """What makes a turn of a conversation stand alone."""
    rules = RuleRewriter(encoder)
    if settings.rewriter == "rules":
        return rules
    if not isinstance(writer, ModelWriter):
        raise WrongUse('understand.rewriter = "llm" needs a language model; name one in the settings: [llm] url = "…".')
    return ModelRewriter(writer.reply, rules)


def intents_of(settings: UnderstandSettings, encoder: Encoder) -> Classifier | None:
    """The classifier of intents; None, too, where it was made for another encoder than the knowledge base's."""
    return None if settings.intent == "none" else load_classifier(settings.intent, encoder)


def policy_of(settings: FuseSettings, encoder: Encoder) -> LegPolicy | None:
    """What weighs the legs by question; None, too, where it was made for another encoder than the knowledge base's."""
    if settings.policy == "none":
        return None
    policy = load_policy(settings.policy, encoder)
    if policy and tuple(policy.features) != FEATURES:
        raise WrongModel(
            f'The policy "{settings.policy}" was trained on other features: train it again with `wenyuan train fusion`.'
        )
    if policy and (settings.method, settings.normalise) != ("weighted", policy.normalise):
        raise WrongUse(
            f'The policy "{settings.policy}" weighs lists that are normalised by "{policy.normalise}": '
            f'set fuse.method = "weighted" and fuse.normalise = "{policy.normalise}", or fuse.policy = "none".'
        )
    return policy


def scorer_of(settings: RerankSettings, encoder: Encoder) -> TokenScorer | None:
    """The coarse stage's; None where it has no weight."""
    return load_late_interaction("late", encoder) if settings.coarse else None


def reranker_of(settings: RerankSettings) -> CrossEncoder | None:
    """With a cache of its scores; None where there is to be none."""
    if settings.model == "none":
        return None
    model = load_cross_encoder(settings.model, settings.threads, settings.runtime)
    return CachedCrossEncoder(model, settings.cache_mb)
