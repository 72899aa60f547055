"""Opening a knowledge base: its archive, and what the settings name, loaded: models, rules, who writes the answers."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wenyuan.conversation import ModelRewriter, Rewriter, RuleRewriter
from wenyuan.engine.answering import Answering
from wenyuan.engine.endpoints import chat_model
from wenyuan.engine.flow import Flow
from wenyuan.engine.loading import Loading
from wenyuan.engine.model_writer import ModelWriter
from wenyuan.engine.rollback import finish
from wenyuan.engine.writing import JOURNAL, Quoter, Writer
from wenyuan.errors import WrongModel, WrongUse
from wenyuan.generate import DraftJudge, Extractive, is_refusal, is_returned
from wenyuan.glossary import FILE_NAME as GLOSSARY_FILE
from wenyuan.glossary import Glossaries, OwnGlossary, load_glossary, read_entries
from wenyuan.models import (
    CachedCrossEncoder,
    load_classifier,
    load_cross_encoder,
    load_encoder,
    load_late_interaction,
    load_policy,
)
from wenyuan.rules import FILE_NAME as RULES_FILE
from wenyuan.rules import read_rules
from wenyuan.settings import (
    FuseSettings,
    RecallSettings,
    RerankSettings,
    Settings,
    UnderstandSettings,
    read_settings,
    without_llm,
)
from wenyuan.store.archive import Archive
from wenyuan.text.bm25 import ANALYSER
from wenyuan.types import Classifier, CrossEncoder, Encoder, Generator, Glossary, LegPolicy, Scope, TokenScorer
from wenyuan.weigh import FEATURES

if TYPE_CHECKING:
    from wenyuan.engine.correcting import Correcting
    from wenyuan.load import LoadFile


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller brings in place of what the settings name."""

    encoder: Encoder | None = None
    reranker: CrossEncoder | None = None
    generator: Generator | None = None
    load: LoadFile | None = None


@dataclass(frozen=True, slots=True)
class House:
    """What a knowledge base consists of."""

    archive: Archive
    flow: Flow
    writer: Writer
    judge: DraftJudge
    loading: Loading

    def answering(self, scope: Scope) -> Answering:
        """Questions of these readers with who writes drafts of their answers, and who judges them."""
        return Answering(self.flow, lambda: self.archive.view(scope), self.writer, self.judge)

    def correcting(self, scope: Scope) -> Correcting:
        """What these readers may do with passages that they see."""
        from wenyuan.engine.correcting import Correcting
        from wenyuan.engine.encoding import Encoding

        flow = self.flow
        return Correcting(self.archive, Encoding(self.archive, flow.encoder, flow.scorer, flow.settings), scope)

    def quoting(self) -> House:
        """The same, but answers are quoted, whatever language model the settings name."""
        flow, settings = self.flow, without_llm(self.flow.settings)
        writer = writer_of(settings, self.archive.folder, flow.encoder, None)
        rewriter = rewriter_of(settings, flow.encoder, writer)
        return replace(self, flow=replace(flow, settings=settings, rewriter=rewriter), writer=writer)

    def close(self) -> None:
        """Write everything to disk and let other processes in, whatever fails on the way."""
        with ExitStack() as last_first:
            last_first.callback(self.archive.close)
            last_first.callback(self.writer.close)
            last_first.callback(self.loading.close)


def settings_of(folder: Path) -> Settings:
    """The settings of a knowledge base; a roll-back that was broken off is ended first, for they may be part of it.

    Raises:
        WrongUse: one of them is not valid.
        Busy: it has not been broken off.
    """
    finish(folder)
    return read_settings(folder)


def open_folder(
    folder: Path, settings: Settings, given: Given, *, create: bool, repair: Literal["index", "all"] | None
) -> House:
    """Open the archive in `folder` and load what takes part; see `KnowledgeBase.open`.

    Raises:
        WrongUse: it does not exist, or a setting or a rule of it is not valid.
        Busy, Damaged, WrongModel: another process holds it, its files are broken, it was made with another model.
    """
    finish(folder)
    rules = read_rules(folder / RULES_FILE)
    encoder = given.encoder or load_encoder(settings.encoder.model, threads=settings.encoder.threads)
    scorer = scorer_of(settings.rerank, encoder)
    with ExitStack() as undo:  # what was opened is closed again where something fails
        writer = writer_of(settings, folder, encoder, given.generator)
        undo.callback(writer.close)
        reranker, rewriter = given.reranker or reranker_of(settings.rerank), rewriter_of(settings, encoder, writer)
        intents, policy = intents_of(settings.understand, encoder), policy_of(settings.fuse, encoder)
        glossary = glossary_of(settings.recall, folder)
        archive = Archive.open(
            folder, model=encoder.id, analyser=ANALYSER, dimension=encoder.dimension, create=create, repair=repair
        )
        undo.callback(archive.close)
        if scorer:
            archive.adopt(scorer.id)
        undo.pop_all()
    flow = Flow(settings, encoder, archive.sections, rewriter, scorer, reranker, rules, intents, policy, glossary)
    return House(archive, flow, writer, judge_of(settings, encoder), Loading(settings.load, given.load))


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


def rewriter_of(settings: Settings, encoder: Encoder, writer: Writer) -> Rewriter:
    """What makes a turn of a conversation stand alone."""
    rules = RuleRewriter(encoder, lambda text: is_refusal(text) or is_returned(text))
    if settings.understand.rewriter == "rules":
        return rules
    if not isinstance(writer, ModelWriter):
        raise WrongUse('understand.rewriter = "llm" needs a language model; name one in the settings: [llm] url = "…".')
    return ModelRewriter(writer.reply, rules)


def intents_of(settings: UnderstandSettings, encoder: Encoder) -> Classifier | None:
    """The classifier of intents; None, too, where it was made for another encoder than the knowledge base's."""
    return None if settings.intent == "none" else load_classifier(settings.intent, encoder)


def glossary_of(settings: RecallSettings, folder: Path) -> Glossary:
    """What words are in the other language: those of the folder's own file, and of the settings' glossary."""
    own = OwnGlossary(read_entries(folder / GLOSSARY_FILE))
    return own if settings.glossary == "none" else Glossaries(own, load_glossary(settings.glossary))


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
