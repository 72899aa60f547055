"""Questions and documents whose fate is made, not measured: (question, document) pairs with the stage that loses them.

A document's title says how near it is to the questions of its topic ("dial0950": cosine 0.95) and how a reranker judges
it ("grade+07"); its text holds the topic's word so many times. So every rank is known before anything is searched.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wenyuan.engine import KnowledgeBase
from wenyuan.engine.diagnose.trial import Remedy
from wenyuan.rules import Rules
from wenyuan.settings import Settings
from wenyuan.text.words import words
from wenyuan.trace import Trace
from wenyuan.types import WHOLE, And, Condition, Document, Filter, Not, Or, Vector

TOPICS = ("zebra", "kiwi", "lotus", "maple")
LENGTH = 60  # words of a text


@dataclass(frozen=True)
class Pair:
    """A question about a document, and what is true of it."""

    question: str
    document: str
    stage: str
    k: int = 10
    filter: Filter | None = None
    ask: bool = False
    expected: dict[str, Any] = field(default_factory=dict)  # of `Why`, by attribute
    change: str | None = None  # how the sentence of one of its changes begins


@dataclass(frozen=True)
class Scenario:
    """A knowledge base in which some stage loses documents."""

    name: str
    documents: list[Document]
    pairs: list[Pair]
    settings: dict[str, Any] = field(default_factory=dict)
    reranker: Callable[[], Grades] | None = None
    scored: bool = False  # with a token scorer
    rules: str = ""  # the file's text

    def __post_init__(self) -> None:
        alone = {"weight": 1.0, "fine": 30}  # the reranker alone decides, unless a scenario says otherwise
        self.settings["rerank"] = alone | self.settings.get("rerank", {})


class Dial:
    """An encoder that reads the nearness off the title: topics are at right angles."""

    id, dimension, max_tokens = "dial@1", len(TOPICS) + 1, 4096

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        return np.stack([self._passage(text) for text in texts])

    def encode_queries(self, texts: Sequence[str]) -> Vector:
        return np.stack([np.eye(self.dimension, dtype=np.float32)[TOPICS.index(text.split()[0])] for text in texts])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(words(text)) for text in texts]

    def truncated(self) -> int:
        return 0

    def _passage(self, text: str) -> Vector:
        """A sentence without its title is near nothing."""
        titled = re.search(r"axis(\d).*dial(\d+)|dial(\d+).*axis(\d)", text)
        axis, dial = (titled[1] or titled[4], titled[2] or titled[3]) if titled else ("0", "0")
        near, vector = int(dial) / 1000, np.zeros(self.dimension, np.float32)
        vector[int(axis)] = near
        vector[-1] = np.sqrt(1 - near**2)
        return vector


class Grades:
    """A reranking model that reads the grade off the title, and takes `seconds` a passage."""

    id, max_tokens = "grades@1", 512

    def __init__(self, seconds: float = 0) -> None:
        self.seconds = seconds

    def score(self, query: str, passages: Sequence[str]) -> Vector:
        if self.seconds:
            time.sleep(self.seconds * len(passages))
        return np.array([grade_of(passage) for passage in passages], np.float32)

    def truncated(self) -> int:
        return 0


class Contrary(Grades):
    """A reranking model that prefers what is graded low."""

    def score(self, query: str, passages: Sequence[str]) -> Vector:
        return -super().score(query, passages)


class GradedStates:
    """A token scorer that reads the grade, too: a state is the text."""

    id = "states@1"

    def __init__(self, encoder: Dial) -> None:
        self.encoder = encoder

    def read_passages(self, texts: Sequence[str]) -> tuple[Vector, list[bytes]]:
        return self.encoder.encode_passages(texts), [text.encode() for text in texts]

    def score(self, query: str, states: Sequence[bytes]) -> Vector:
        return np.array([grade_of(state.decode()) if state else np.nan for state in states], np.float32)


def grade_of(text: str) -> float:
    return int(re.search(r"grade([+-]\d+)", text)[1])


def made(topic: str, n: int, *, dial: float, tf: int, grade: int = 0, **metadata: Any) -> Document:
    """A document of one chunk: cosine `dial` to its topic's question, and the topic's word `tf` times in its text."""
    title = f"dial{round(dial * 1000):04d} grade{grade:+03d} axis{TOPICS.index(topic)} number{n:03d}"
    return Document(name(topic, n), title, text_of(topic, n, tf), "md", "", 0.0, metadata=metadata)


def text_of(topic: str, n: int, tf: int) -> str:
    random_ = random.Random(f"{topic} {n}")
    filler = ["".join(random_.choices("bcdfghjklmnprstvw", k=7)) for _ in range(LENGTH - tf)]
    return " ".join([*filler, *[topic] * tf])


def name(topic: str, n: int) -> str:
    return f"docs/{topic}/{n:03d}.md"


def ladder(topic: str, count: int, grade: Callable[[int], int] = lambda _: 0) -> list[Document]:
    """Documents 0, 1, …, each a little worse than the one before in both legs: document n has rank n + 1."""
    return [made(topic, n, dial=0.95 - n / 100, tf=count - n, grade=grade(n)) for n in range(count)]


def each(topics: Sequence[str], numbers: Sequence[int], stage: str, **rest: Any) -> list[Pair]:
    return [Pair(topic, name(topic, n), stage, **rest) for topic in topics for n in numbers]


def unknown() -> Scenario:
    """Names that are nearly right."""
    documents = [document for topic in TOPICS for document in ladder(topic, 8)]
    pairs = [
        Pair(topic, wrong, "unknown")
        for topic in TOPICS
        for n in range(8)
        for wrong in (f"{topic}/{n}", f"docs/{n}.md")
    ]
    return Scenario("unknown", documents, pairs + each(TOPICS, range(8), "found"))


def empty() -> Scenario:
    """Documents of white space."""
    void = [replace(made(topic, n, dial=0.9, tf=1), text=" \n ") for topic in TOPICS for n in range(3)]
    return Scenario("empty", [*void, *ladder("zebra", 20)[3:]], each(TOPICS, range(3), "empty"))


def filtered() -> Scenario:
    """Every document fits but for one condition, or two."""
    documents = [made("zebra", n, dial=0.9 - n / 100, tf=20 - n, product="AB"[n % 2], year=2000 + n) for n in range(20)]
    is_a, new = Condition("product", "eq", "A"), Condition("year", "gte", 2010)
    pairs = []
    for n in range(20):
        odd, old = n % 2 == 1, n < 10
        both = (*(["product=A"] if odd else []), *(["year>=2010"] if old else []))
        for only, fails, conditions in (
            (is_a, odd, ("product=A",)),
            (Condition("product", "in", ("A", "C")), odd, ("product=A,C",)),
            (Not(Condition("product", "eq", "B")), odd, None),
            (Or((is_a, Condition("type", "eq", "pdf"))), odd, None),
            (And((is_a, Condition("type", "eq", "md"))), odd, ("product=A",)),
            (And((is_a, And((new,)))), odd or old, both),
        ):
            expected = {"conditions": conditions} if fails and conditions else {}
            change = "the filter without" if fails else None
            pairs.append(
                Pair("zebra", name("zebra", n), "filtered" if fails else "found", 20, only, False, expected, change)
            )
    further = "the filter without product=A, and k from 5 to 10"
    pairs.append(Pair("zebra", name("zebra", 9), "filtered", 5, is_a, change=further))
    return Scenario("filtered", documents, pairs)


def stated() -> Scenario:
    """Of every two documents one is older than the question says; none is of a year that another question names."""
    documents = [
        replace(made("zebra", n, dial=0.9 - n / 100, tf=20 - n, product="AB"[n // 2 % 2]), time=old if n % 2 else new)
        for old, new in [(date(2022), date(2025))]
        for n in range(20)
    ]
    question, removed = "zebra announcements since 2024", "search without the condition 'since 2024' of the question"
    is_a, pairs = Condition("product", "eq", "A"), []
    for n in range(20):
        fate, change = ("filtered", removed) if n % 2 else ("found", None)
        expected = {"conditions": ("time>=2024-01-01",)} if n % 2 else {}
        pairs.append(Pair(question, name("zebra", n), fate, 20, expected=expected, change=change))
        pairs.append(Pair("zebra announcements since 2030", name("zebra", n), "found", 20))
        if n % 4 == 3:
            both = f"the filter without product=A, and {removed}"
            pairs.append(Pair(question, name("zebra", n), "filtered", 20, is_a, change=both))
    further = f"{removed}, and k from 5 to 10"
    pairs.append(Pair(question, name("zebra", 9), "filtered", 5, change=further))
    return Scenario("stated", documents, pairs)


def ruled() -> Scenario:
    """A rule for each topic: it filters, excludes, pins or buries."""
    documents = [
        made(topic, n, dial=0.9 - n / 100, tf=20 - n, product="AB"[n % 2]) for topic in TOPICS for n in range(20)
    ]
    rules = """
        [[rule]]
        name = "only A"
        when = { any = "zebra" }
        filter = { where = "product=A" }
        [[rule]]
        name = "no B"
        when = { any = "kiwi" }
        exclude = { where = "product=B" }
        [[rule]]
        name = "recall"
        when = { any = "lotus" }
        pin = ["docs/lotus/018.md", "docs/lotus/019.md"]
        [[rule]]
        name = "B last"
        when = { any = "maple" }
        bury = { where = "product=B" }
    """
    odd, even = range(1, 20, 2), range(0, 20, 2)
    pairs = [
        *each(["zebra", "kiwi"], even, "found", k=20),
        *each(["zebra"], odd, "filtered", k=20, change="search without the rule 'only A'"),
        *each(["kiwi"], odd, "filtered", k=20, change="search without the rule 'no B'"),
        *each(["lotus"], [*range(8), 18, 19], "found"),
        *each(["lotus"], [8, 9], "rules", change="search without the rule 'recall'"),
        *each(["lotus"], range(10, 18), "k"),
        Pair("lotus", name("lotus", 19), "k", 1, change="k from 1 to 2"),
        *each(["maple"], even, "found"),
        *each(["maple"], odd[:5], "rules", change="search without the rule 'B last'"),
        *each(["maple"], odd[5:], "k"),
    ]
    return Scenario("ruled", documents, pairs, rules=rules)


def alike() -> Scenario:
    """Five documents say in two thirds of their text what five better ones say."""
    documents = ladder("kiwi", 20)
    for n in range(5, 10):
        documents[n] = replace(documents[n], text=documents[n].text[:160] + documents[n - 5].text[160:])
    pairs = [
        *each(["kiwi"], [*range(5), *range(10, 15)], "found"),
        *each(["kiwi"], range(5, 10), "diversify", change="diversity.novelty from 0.7 to"),
        *each(["kiwi"], range(15, 20), "k"),
    ]
    return Scenario("alike", documents, pairs, {"fuse": {"duplicate": 1.0}, "diversity": {"novelty": 0.7}})


def compared_with() -> Scenario:
    """The best about the other side takes the place of the last hit."""
    documents = [*ladder("zebra", 20), *(made("kiwi", n, dial=0.9 - n / 100, tf=1) for n in range(20))]
    question = "zebra versus kiwi"
    pairs = [
        *[Pair(question, name("zebra", n), "found") for n in range(9)],
        Pair(question, name("zebra", 9), "diversify", change="diversity.coverage from true to false"),
        Pair(question, name("zebra", 9), "diversify", change="k from 10 to 11"),
        *[Pair(question, name("zebra", n), "k") for n in range(10, 20)],
        Pair(question, name("kiwi", 0), "found", expected={"rank": 2}),
        *[Pair(question, name("kiwi", n), "k") for n in range(1, 5)],
    ]
    return Scenario("compared with", documents, pairs)


def crowded() -> Scenario:
    """One document has the best twelve passages, two of which may be hits."""
    crowd = made("lotus", 99, dial=0.99, tf=0)
    crowd = replace(crowd, text="\n\n".join(text_of("lotus", 100 + n, 40) for n in range(12)))
    documents = [crowd, *ladder("lotus", 10)]
    pairs = [
        Pair("lotus", crowd.id, "found", 5, expected={"rank": 1}),
        *[Pair("lotus", name("lotus", n), "found", 5, expected={"rank": n + 3}) for n in range(3)],
        *[Pair("lotus", name("lotus", n), "k", 5, change=f"k from 5 to {n + 3}") for n in range(3, 10)],
    ]
    settings = {"chunk": {"size": LENGTH, "overlap": 0}, "diversity": {"per_document": 2}}
    return Scenario("crowded", documents, pairs, settings)


def weak() -> Scenario:
    """The token scorer thinks little of every other document, which the model would like best."""
    pairs = [
        *each(["maple"], range(0, 20, 2), "found"),
        *each(["maple"], range(1, 20, 2), "rerank", change="rerank.coarse_threshold from 0 to -3"),
    ]
    documents = ladder("maple", 20, lambda n: -3 if n % 2 else 5)
    settings = {"rerank": {"coarse": 0.1, "coarse_threshold": 0.0, "fine": 20}}
    return Scenario("weak", documents, pairs, settings, Contrary, scored=True)


def date(year: int) -> float:
    return datetime(year, 6, 1, tzinfo=UTC).timestamp()


def recall() -> Scenario:
    """Both legs have a document at rank n + 1, and bring 10."""
    documents = [document for topic in TOPICS[:2] for document in ladder(topic, 40)]
    pairs = [
        Pair(
            topic,
            name(topic, n),
            "recall" if n >= 10 else "found",
            expected={"ranks": {"dense": n + 1, "bm25": n + 1}},
            change=f"k from 10 to {n + 1}" if n >= 10 else None,
        )
        for topic in TOPICS[:2]
        for n in range(40)
    ]
    return Scenario("recall", documents, pairs, {"recall": {"candidates": 10}})


def wordless() -> Scenario:
    """The dense leg has it deep, and the other finds no word of the question in it."""
    documents = [made("kiwi", n, dial=0.9 - n / 100, tf=max(0, 20 - n)) for n in range(40)]
    pairs = [
        Pair("kiwi", name("kiwi", n), "recall", expected={"ranks": {"dense": n + 1, "bm25": None}})
        for n in range(20, 40)
    ]
    return Scenario("wordless", documents, pairs, {"recall": {"candidates": 10}})


def fusion(method: str) -> Scenario:
    """Ten documents lead one leg, ten the other, and twelve that are good in both lead the fused list."""
    documents, pairs = [], []
    for topic in TOPICS[: 2 if method == "weighted" else 1]:
        documents += [made(topic, n, dial=0.95 - n / 200, tf=0) for n in range(10)]
        documents += [made(topic, n, dial=0, tf=50 - n) for n in range(10, 20)]
        documents += [made(topic, n, dial=0.8 - n / 1000, tf=40 - n) for n in range(20, 32)]
        documents += [made(topic, n, dial=0.05, tf=1) for n in range(32, 40)]
        weight = "fuse.dense from 0.5 to" if method == "weighted" else None
        pairs += [
            Pair(topic, name(topic, n), "fuse", expected={"before": n % 10 + 1}, change=weight) for n in range(20)
        ]
        pairs += each([topic], range(20, 30), "found") + each([topic], range(30, 40), "k", change="k from 10 to")
    settings = {"recall": {"candidates": 30}, "fuse": {"method": method}}
    return Scenario(f"fusion, {method}", documents, pairs, settings)


def duplicate() -> Scenario:
    """Copies of better documents, half of them with another character."""
    documents, pairs = [], []
    for topic in TOPICS[:2]:
        documents += ladder(topic, 20)
        for n, original in enumerate(documents[-20:]):
            copy = made(topic, n + 100, dial=0.945 - n / 100, tf=0)
            text = original.text if n % 2 else original.text.replace(original.text[3:6], "xyz", 1)
            documents.append(replace(copy, text=text))
            pairs.append(Pair(topic, copy.id, "duplicate", 30, expected={"duplicate_of": original.id}))
    return Scenario("duplicate", documents, pairs, {"fuse": {"duplicate": 0.8}})


def beyond_k() -> Scenario:
    """Both legs and their sum have a document at rank n + 1."""
    documents = [document for topic in TOPICS[:2] for document in ladder(topic, 40)]
    pairs = [
        Pair(
            topic,
            name(topic, n),
            "k" if n >= 10 else "found",
            expected={"before": n + 1, "after": n + 1} if n >= 10 else {"rank": n + 1},
            change=f"k from 10 to {n + 1}" if n >= 10 else None,
        )
        for topic in TOPICS[:2]
        for n in range(40)
    ]
    return Scenario("k", documents, pairs)


def _grade(n: int) -> int:
    """The first ten are bad, the next twenty good and less good, those that are not read the best."""
    return 0 if n < 10 else 90 - n if n < 30 else 99


def _fates(stage: str, weight: str, limit: str) -> list[Pair]:
    return [
        *[Pair("lotus", name("lotus", n), stage, expected={"before": n + 1}, change=weight) for n in range(10)],
        *[Pair("lotus", name("lotus", n), "found", expected={"rank": n - 9}) for n in range(10, 20)],
        *[Pair("lotus", name("lotus", n), "k", change=f"k from 10 to {n - 9}") for n in range(20, 30)],
        *[Pair("lotus", name("lotus", n), stage, change=f"{limit} from 30 to {n + 1}") for n in range(30, 40)],
    ]


def reranked() -> Scenario:
    """The model reads 30 of 40, and puts the first ten last."""
    pairs = _fates("rerank", "rerank.weight from 1 to", "rerank.fine")
    return Scenario("reranked", ladder("lotus", 40, _grade), pairs, {"rerank": {"fine": 30}}, Grades)


def compared() -> Scenario:
    """The token scorer does the same."""
    pairs = _fates("coarse", "rerank.coarse from 1 to", "rerank.candidates")
    settings = {"rerank": {"coarse": 1.0, "candidates": 30}}
    return Scenario("compared", ladder("lotus", 40, _grade), pairs, settings, scored=True)


def both_stages() -> Scenario:
    """The token scorer turns the order of 30 around, and the model reads the first ten of that and agrees."""
    pairs = [
        *each(["maple"], range(5), "coarse", change="k from 5 to"),
        *each(["maple"], range(5, 10), "coarse", change="rerank.coarse from 1 to"),
        *each(["maple"], range(10, 20), "rerank", change="k from 5 to"),
        *each(["maple"], range(20, 25), "k"),
        *each(["maple"], range(25, 30), "found"),
    ]
    settings = {"rerank": {"coarse": 1.0, "candidates": 30, "fine": 10}}
    pairs = [replace(pair, k=5) for pair in pairs]
    return Scenario("both", ladder("maple", 30, lambda n: n), pairs, settings, Grades, scored=True)


def refused() -> Scenario:
    """The model's logit for every other document is below the threshold."""
    pairs = [
        *each(["zebra"], range(0, 20, 2), "found", k=20),
        *each(["zebra"], range(1, 20, 2), "rerank", k=20, change="rerank.threshold from 1 to -3"),
    ]
    documents = ladder("zebra", 20, lambda n: -3 if n % 2 else 5)
    return Scenario("refused", documents, pairs, {"rerank": {"threshold": 1.0}}, Grades)


def late() -> Scenario:
    """There is time to read one."""
    pairs = [
        *each(["zebra"], range(3), "found", k=3),
        *each(["zebra"], range(3, 7), "rerank", k=3),
        *each(["zebra"], range(7, 10), "rerank", k=3, change="rerank.ms from 0.01 to none"),
    ]
    settings = {"rerank": {"ms": 0.01, "fine": 10}}
    return Scenario("late", ladder("zebra", 10, lambda n: n), pairs, settings, lambda: Grades(0.0005))


def asked() -> Scenario:
    """Of six sources of 60 tokens two fit."""
    pairs = [
        Pair("kiwi", name("kiwi", n), stage, ask=True, change=change)
        for n in range(20)
        for stage, change in [
            ("found", None)
            if n < 1
            else ("select", None)
            if n < 2
            else ("budget", f"answer.budget from 130 to {LENGTH * (n + 1)}")
            if n < 6
            else ("k", f"answer.sources from 6 to {n + 1}, and answer.budget from 130 to {LENGTH * (n + 1)}")
        ]
    ]
    answer = {"sources": 6, "budget": 130, "confidence": 0.0}
    return Scenario("asked", ladder("kiwi", 20), pairs, {"answer": answer})


def unsure() -> Scenario:
    """An answer of the best source is declined, for nothing is that sure."""
    pairs = [Pair("kiwi", name("kiwi", 0), "confidence", ask=True, change="answer.confidence from 1 to ")]
    return Scenario("unsure", ladder("kiwi", 3), pairs, {"answer": {"confidence": 1.0}})


SCENARIOS = [
    unknown(),
    empty(),
    filtered(),
    stated(),
    ruled(),
    alike(),
    compared_with(),
    crowded(),
    weak(),
    recall(),
    wordless(),
    fusion("weighted"),
    fusion("rrf"),
    duplicate(),
    beyond_k(),
    reranked(),
    compared(),
    both_stages(),
    refused(),
    late(),
    asked(),
    unsure(),
]


def open_scenario(scenario: Scenario, folder: Path, **settings: dict) -> KnowledgeBase:
    encoder = Dial()
    given = scenario.settings | settings
    (folder / "kb").mkdir(exist_ok=True)
    (folder / "kb" / "rules.toml").write_text(scenario.rules, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wenyuan.engine.opening.load_late_interaction", lambda name, encoder: GradedStates(encoder))
        kb = KnowledgeBase.open(
            folder / "kb",
            settings=Settings.model_validate(given),
            encoder=encoder,
            reranker=scenario.reranker and scenario.reranker(),
        )
    if not kb.documents():
        kb.put(scenario.documents)
    return kb


def tried_again(kb: KnowledgeBase, pair: Pair, change: Remedy) -> bool:
    """Whether the document is found with a change, by the door that everyone takes."""
    given = dict(change.settings)
    k, query = given.pop("k", pair.k), kb.understand(pair.question)
    stated = tuple(each for each in query.constraints if each.phrase not in change.phrases)
    query = replace(query, filter=change.filter, constraints=stated)
    rules = Rules(tuple(rule for rule in kb.rules.rules if rule.name not in change.rules))
    settings = kb.settings.model_dump()
    for setting, value in given.items():
        section, _, name = setting.partition(".")
        settings[section][name] = value
    changed = replace(kb._flow, settings=Settings.model_validate(settings), rules=rules)
    with kb._archive.view(WHOLE) as view:
        if pair.ask:
            context = changed.sources(view, query, rules.fire(query, time.time(), trace := Trace(query=query)), trace)
            return pair.document in {source.document for source in context.sources}
        hits = changed.search(view, query, k).hits
        return pair.document in {hit.chunk.document for hit in hits}
