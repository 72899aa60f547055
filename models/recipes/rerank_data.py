"""The training mix of the shipped bilingual reranker: public data whose licence allows it, none of it judged with.

Left out by licence: RGB, OCNLI, QBQTC, FaithBench, WebNLG, CMeIE, NYT. Left out because they judge: every query and
passage of a development set, all FAQ pages, XQuAD, SelQA.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from wenyuan.evaluate import read_corpus, read_judgements
from wenyuan.evaluate.beir import Judgements, Passage
from wenyuan.jsonl import read_rows
from wenyuan.text.normalise import fold, simplify
from wenyuan.text.sentences import sentences
from wenyuan.training.data.builders import (
    HeadedPart,
    around,
    from_headings,
    from_headlines,
    from_judgements,
    inverse_cloze,
    sections,
    translated,
)
from wenyuan.training.data.examples import Example, split, write_examples
from wenyuan.training.data.mine import Pair, Retrieve, Retrieved, mine
from wenyuan.training.data.sources import headed_text
from wenyuan.types import Language

Index = Callable[[str, Sequence[Passage]], AbstractContextManager[Retrieve]]
"""Makes passages searchable under a name; a hit's text is that of `headed_text`."""

T = TypeVar("T")

_ANSWERED = {"squad": "squad-en", "cmrc": "cmrc2018-zh", "drcd": "drcd-zh-hant"}
_MANUALS = "faq-manual"
_NEWS = "news"
_UNTITLED = 0.25  # share of examples whose passages lose their titles: not every document has one
_SIMPLIFIED = 0.5  # share of the traditional Chinese examples that come in simplified characters as well


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many examples of each source at most."""

    squad: int = 14_000
    cmrc: int = 10_000
    drcd: int = 10_000
    manual_zh: int = 3_500
    manual_en: int = 1_200
    translated: int = 3_500
    headline: int = 2_600
    cloze: int = 2_200
    dev: int = 1_000


@dataclass(frozen=True, slots=True)
class JudgedTexts:
    """What development sets ask and answer with: folded queries, ids and folded texts of passages."""

    queries: frozenset[str]
    ids: frozenset[str]
    texts: frozenset[str]

    def touches(self, example: Example) -> bool:
        """Whether a query, or a passage of the example, is judged."""
        passages = (*example.positives, *example.negatives)
        texts = {fold(form) for passage in passages for form in (passage, _body(passage))}
        return fold(example.query) in self.queries or not texts.isdisjoint(self.texts)


def build_mix(
    data: Path, out: Path, index: Index, *, sizes: Sizes | None = None, seed: int = 0
) -> dict[str, Counter[str]]:
    """Write train.jsonl and dev.jsonl into `out` from the data folder; give the examples of each by source.

    No query and no positive passage is on both sides; the same data, index, sizes and seed give the same files.
    """
    sizes, rng = sizes or Sizes(), random.Random(seed)  # noqa: S311
    judged = read_judged(data / "retrieval")
    made: list[Example] = []
    for source, folder in _ANSWERED.items():
        made += answered(data / "retrieval" / folder, source, getattr(sizes, source), index, judged, seed)
    made = [maybe_untitled(example, rng) for example in made]
    made += [simplified(example) for example in made if example.source == "drcd" and rng.random() < _SIMPLIFIED]
    made += _manuals(data, sizes, index, judged, seed)
    made += _news(data, sizes, index, judged, seed)
    made = [example for example in made if not judged.touches(example)]
    rng.shuffle(made)
    parts = dict(zip(("train", "dev"), split(made, sizes.dev / max(1, len(made)), seed), strict=True))
    out.mkdir(parents=True, exist_ok=True)
    for name, examples in parts.items():
        write_examples(out / f"{name}.jsonl", examples)
    return {name: Counter(f"{e.source} {e.language}" for e in examples) for name, examples in parts.items()}


def read_judged(retrieval: Path) -> JudgedTexts:
    """The queries and passages of every judgement below the folder that is not of a training split."""
    queries: set[str] = set()
    ids: set[str] = set()
    texts: set[str] = set()
    folders = sorted(path for path in retrieval.iterdir() if path.is_dir())
    for folder in folders:
        for path in sorted(folder.glob("qrels*/*.tsv")):
            if path.stem != "train":
                judgements = read_judgements(folder, path)
                for query, passage in _relevant(judgements):
                    queries.add(fold(judgements.queries[query]))
                    ids.add(passage)
    for folder in folders:
        texts.update(fold(passage.text) for passage in read_corpus(folder) if passage.id in ids)
    return JudgedTexts(frozenset(queries), frozenset(ids), frozenset(texts))


def spread(items: Iterable[T], group: Callable[[T], Hashable], n: int, seed: int = 0) -> list[T]:
    """n of the items, evenly over the groups: the first of each, then the second of each, …, in random order."""
    drawn = list(items)
    random.Random(seed).shuffle(drawn)  # noqa: S311
    seen: Counter[Hashable] = Counter()
    ranked: list[tuple[int, T]] = []
    for item in drawn:
        ranked.append((seen[group(item)], item))
        seen[group(item)] += 1
    return [item for _, item in sorted(ranked, key=lambda pair: pair[0])[:n]]


def answered(folder: Path, source: str, n: int, index: Index, judged: JudgedTexts, seed: int = 0) -> Iterator[Example]:
    """At most n questions of the training split of a set with answers, spread over its articles, with negatives."""
    corpus = list(read_corpus(folder))
    passages = {passage.id: headed_text(passage) for passage in corpus if passage.id not in judged.ids}
    rows = {str(row["_id"]): row for _, row in read_rows(_answers(folder))}
    train = read_judgements(folder, folder / "qrels" / "train.tsv")
    known = sorted((query, passage) for query, passage in _relevant(train) if passage in passages)
    chosen = spread(known, lambda pair: rows[pair[0]].get("article", pair[1]), n, seed)
    answers = {query: tuple(map(str, _list(rows[query]["answers"]))) for query, _ in chosen}
    qrels = {query: {passage: 1} for query, passage in chosen}
    pairs = list(from_judgements(train.queries, qrels, passages, answers, source))
    with index(folder.name, corpus) as search:
        yield from mine(pairs, _without(search, judged.ids), at_random=1, seed=seed)


def answers_by_query(folder: Path) -> dict[str, tuple[str, ...]]:
    """The strings that answer each question of a set with answers, by the question's text."""
    rows = {str(row["_id"]): tuple(map(str, _list(row["answers"]))) for _, row in read_rows(_answers(folder))}
    queries = read_judgements(folder, folder / "qrels" / "train.tsv").queries
    return {text: rows[query] for query, text in queries.items() if query in rows}


def _manuals(data: Path, sizes: Sizes, index: Index, judged: JudgedTexts, seed: int) -> Iterator[Example]:
    folder = data / "retrieval" / _MANUALS
    corpus = list(read_corpus(folder))
    parts: dict[str, list[HeadedPart]] = {}  # of a page, in order
    for passage in corpus:
        if passage.id not in judged.ids and not _is_faq(passage.id):
            page, _, heading = passage.title.partition(" > ")
            first, *deeper = sections(passage.id, page, passage.text, _language(passage.id))
            parts.setdefault(passage.id.partition("#")[0], []).extend([replace(first, heading=heading), *deeper])
    every = [part for page in parts.values() for part in page]
    pairs: list[Pair] = []
    for lang, n in (("zh", sizes.manual_zh), ("en", sizes.manual_en)):
        own = from_headings((part for part in every if part.language == lang), f"manual-{lang}")
        pairs += spread(own, lambda pair: min(pair.related).partition("#")[0], n, seed)
    pairs += spread(
        translated(_aligned(data, parts), "manual-translated", seed), lambda pair: pair.positive, sizes.translated
    )
    with index(folder.name, corpus) as search:
        bare = _without(search, judged.ids, _is_faq)
        yield from mine(pairs, lambda query: [(key, _body(text), score) for key, text, score in bare(query)], seed=seed)


def _aligned(data: Path, parts: Mapping[str, list[HeadedPart]]) -> Iterator[tuple[HeadedPart, HeadedPart]]:
    """Sections and their translations, both ways, of pages that have as many sections as their translations."""
    for _, row in read_rows(data / "manuals" / "docs.jsonl.gz"):
        page, other = parts.get(str(row["id"]), []), parts.get(str(row["pair"]), [])
        if len(page) == len(other):
            yield from zip(page, other, strict=True)


def _news(data: Path, sizes: Sizes, index: Index, judged: JudgedTexts, seed: int) -> Iterator[Example]:
    bodies: dict[str, tuple[str, str, str]] = {}
    for _, row in read_rows(data / "hallucination" / "uhgeval_zh.jsonl.gz"):
        headline = str(row["headline"])
        bodies.setdefault(headline, (str(row["id"]), headline, _body_text(f"{row['beginning']}{row['remainder']}")))
    articles = spread(bodies.values(), lambda row: row[0], sizes.headline, seed)
    rows = [(str(row["_id"]), str(row["text"])) for _, row in read_rows(data / "corpora" / "crud_news_zh.jsonl.gz")]
    cloze = [(key, _window(text, key)) for key, text in spread(rows, lambda row: row[0], sizes.cloze, seed)]
    pairs = [*from_headlines(articles, "headline"), *inverse_cloze(cloze, "cloze", seed)]
    passages = [Passage(key, "", around(text, ())) for key, _, text in articles]
    passages += [Passage(key, "", text) for key, text in cloze]
    with index(_NEWS, passages) as search:
        yield from mine(pairs, _without(search, judged.ids), seed=seed)


def _window(text: str, seed: str) -> str:
    """A stretch of whole sentences of about 256 tokens that begins anywhere in the text."""
    spans = sentences(text)
    start, _ = random.Random(seed).choice(spans[: max(1, len(spans) // 2)])  # noqa: S311
    return around(text[start:], ())


def _body_text(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _without(search: Retrieve, ids: frozenset[str], also: Callable[[str], bool] = lambda _: False) -> Retrieve:
    def found(query: str) -> list[Retrieved]:
        return [hit for hit in search(query) if hit[0] not in ids and not also(hit[0])]

    return found


def _language(key: str) -> Language:
    return "zh" if "/zh/" in key else "en"


def _is_faq(key: str) -> bool:
    return "faq" in key.lower()


def _body(text: str) -> str:
    """A passage without its first line, its title."""
    title, _, body = text.partition("\n")
    return body or title


def maybe_untitled(example: Example, rng: random.Random) -> Example:
    """The example, now and then without the titles of its passages."""
    return _mapped(example, _body) if rng.random() < _UNTITLED else example


def simplified(example: Example) -> Example:
    """The example in simplified characters, its source named after them."""
    return replace(_mapped(example, simplify), query=simplify(example.query), source=f"{example.source}-simplified")


def _mapped(example: Example, change: Callable[[str], str]) -> Example:
    return replace(
        example,
        positives=tuple(map(change, example.positives)),
        negatives=tuple(map(change, example.negatives)),
    )


def _relevant(judgements: Judgements) -> Iterator[tuple[str, str]]:
    """Each query with each passage that answers it."""
    for query, grades in judgements.qrels.items():
        yield from ((query, passage) for passage, grade in grades.items() if grade > 0)


def _answers(folder: Path) -> Path:
    plain = folder / "answers.jsonl"
    return plain if plain.is_file() else folder / "answers.jsonl.gz"


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
