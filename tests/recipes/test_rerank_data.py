from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from wenyuan_models.recipes.rerank_data import Sizes, build_mix, spread

from wenyuan.evaluate.beir import Passage
from wenyuan.text.words import words
from wenyuan.training.data.examples import read_examples
from wenyuan.training.data.mine import Retrieve, Retrieved
from wenyuan.training.data.sources import headed_text

SIZES = Sizes(dev=20)
TOPICS = ("river", "engine", "castle", "planet", "violin", "harbour", "glacier", "library", "market", "forest")


def rows(path: Path, items: Sequence[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, "utf-8")


def qrels(path: Path, pairs: Sequence[tuple[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("query-id\tcorpus-id\tscore\n" + "".join(f"{q}\t{d}\t1\n" for q, d in pairs), "utf-8")


def answered(folder: Path, prefix: str, sentence: str) -> None:
    """40 passages with a question each; the last ten are judged, and one judged question is asked in train as well."""
    names = [f"{prefix}{n}" for n in range(40)]
    texts = [sentence.format(topic=TOPICS[n % 10], n=n) for n in range(40)]
    rows(
        folder / "corpus.jsonl",
        [{"_id": f"d-{k}", "title": f"T {k}", "text": t} for k, t in zip(names, texts, strict=True)],
    )
    asked = {k: f"which number has the {TOPICS[n % 10]} of {k}?" for n, k in enumerate(names)}
    rows(folder / "queries.jsonl", [{"_id": f"q-{k}", "text": q} for k, q in asked.items()] + [
        {"_id": "q-again", "text": asked[names[35]].upper()}
    ])  # fmt: skip
    rows(
        folder / "answers.jsonl",
        [{"_id": f"q-{k}", "answers": [f"number {n:03}"], "doc": f"d-{k}"} for n, k in enumerate(names)]
        + [{"_id": "q-again", "answers": ["x"], "doc": f"d-{names[0]}"}],
    )
    qrels(folder / "qrels" / "train.tsv", [(f"q-{k}", f"d-{k}") for k in names[:32]] + [("q-again", f"d-{names[0]}")])
    qrels(folder / "qrels" / "dev.tsv", [(f"q-{k}", f"d-{k}") for k in names[30:]])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    sets = tmp_path / "data" / "retrieval"
    answered(
        sets / "squad-en", "s", "The {topic} at this place has number {n:03} and is described here at some length."
    )
    answered(
        sets / "cmrc2018-zh", "c", "这里的{topic}是number {n:03}，以下是关于它的一些说明，写得比较长，方便读者理解。"
    )
    answered(
        sets / "drcd-zh-hant", "t", "這裡的{topic}是number {n:03}，以下是關於它的一些說明，寫得比較長，方便讀者理解。"
    )
    manual = [
        {
            "_id": f"m/{lang}/p{n}#{k}",
            "title": f"{title} {n}" + (f" > {heading} {k}" if k else ""),
            "text": text.format(TOPICS[n % 10], f"{n}-{k}") * 2,
        }
        for lang, title, heading, text in (
            (
                "en",
                "Page",
                "How to set up part",
                "First of all, open the {} file of {} and set every value that is given. ",
            ),
            ("zh", "页面", "如何配置第几部分", "首先，请打开第{1}个配置文件{0}并设置每一个给出的参数值，然后保存。"),
        )
        for n in range(12)
        for k in range(2)
    ]
    faq = [{"_id": f"faq/m/zh/a#{n}", "title": "常见问题", "text": f"常见问题的答案{n}。" * 9} for n in range(3)]
    rows(sets / "faq-manual" / "corpus.jsonl.gz", manual + faq)
    rows(sets / "faq-manual" / "queries.jsonl", [{"_id": "f", "text": "如何配置第几部分 1"}])
    qrels(sets / "faq-manual" / "qrels" / "mono.tsv", [("f", "faq/m/zh/a#0")])
    pages = [{"id": f"m/{a}/p{n}", "pair": f"m/{b}/p{n}"} for a, b in (("zh", "en"), ("en", "zh")) for n in range(12)]
    rows(tmp_path / "data" / "manuals" / "docs.jsonl.gz", pages)
    bodies = [f"公司{n}说，收入增长。" * 9 for n in range(30)]
    rows(
        tmp_path / "data" / "hallucination" / "uhgeval_zh.jsonl.gz",
        [
            {
                "id": f"u{n}",
                "headline": f"（经济）{n}号公司发布年报",
                "beginning": f"新华社{n}日电。",
                "remainder": body,
            }
            for n, body in enumerate(bodies)
        ],
    )
    rows(
        tmp_path / "data" / "corpora" / "crud_news_zh.jsonl.gz",
        [
            {"_id": f"n{n}", "text": "".join(f"第{n}篇报道的第{k}句话讲的是一件新鲜事情{n * k}。" for k in range(9))}
            for n in range(30)
        ],
    )
    return tmp_path / "data"


@contextmanager
def index(name: str, passages: Sequence[Passage]) -> Iterator[Retrieve]:
    """Ranks by shared words."""
    texts = [(passage.id, headed_text(passage)) for passage in passages]
    bags = [frozenset(words(text)) for _, text in texts]

    def search(query: str) -> list[Retrieved]:
        asked = frozenset(words(query))
        order = sorted(range(len(texts)), key=lambda n: -len(bags[n] & asked))
        return [(*texts[n], float(len(bags[n] & asked))) for n in order[:30]]

    yield search


def test_nothing_judged_is_trained_on(data: Path, tmp_path: Path) -> None:
    counts = build_mix(data, tmp_path / "out", index, sizes=SIZES)
    examples = [e for name in ("train", "dev") for e in read_examples(tmp_path / "out" / f"{name}.jsonl")]
    assert counts["dev"].total() == 20
    assert len(examples) == counts["train"].total() + 20
    queries = {example.query.lower() for example in examples}
    assert "which number has the river of s0?" in queries
    assert queries.isdisjoint(
        {
            "如何配置第几部分 1",
            *(f"which number has the {TOPICS[n % 10]} of {k}{n}?" for k in "sct" for n in range(30, 40)),
        }
    )
    passages = [text for example in examples for text in (*example.positives, *example.negatives)]
    assert not [text for text in passages for n in range(30, 40) if f"number {n:03}" in text]
    assert not [text for text in passages if "常见问题" in text]


def test_every_source_is_there_with_seven_negatives_that_do_not_answer(data: Path, tmp_path: Path) -> None:
    counts = build_mix(data, tmp_path / "out", index, sizes=SIZES)
    sources = {key.split()[0] for key in counts["train"]}
    assert sources == {
        *(
            "squad",
            "cmrc",
            "drcd",
            "drcd-simplified",
            "manual-zh",
            "manual-en",
            "manual-translated",
            "headline",
            "cloze",
        )
    }
    for example in read_examples(tmp_path / "out" / "train.jsonl"):
        assert len(example.positives) == 1
        assert len({*example.positives, *example.negatives}) == 8
        assert example.language in ("zh", "en")
    translated = [e for e in read_examples(tmp_path / "out" / "train.jsonl") if e.source == "manual-translated"]
    assert any(e.language == "zh" and e.positives[0].isascii() for e in translated)


def test_the_same_seed_gives_the_same_bytes_and_no_side_knows_the_other(data: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        build_mix(data, tmp_path / name, index, sizes=SIZES)
    files = ("train.jsonl", "dev.jsonl")
    assert all((tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes() for file in files)
    train, dev = (read_examples(tmp_path / "a" / file) for file in files)
    assert {e.query for e in train}.isdisjoint(e.query for e in dev)
    assert {e.positives for e in train}.isdisjoint(e.positives for e in dev)


def test_a_sample_is_spread_over_the_groups() -> None:
    items = [("big", n) for n in range(100)] + [("small", n) for n in range(3)]
    drawn = spread(items, lambda item: item[0], 10)
    assert sum(group == "small" for group, _ in drawn) == 3
    assert spread(items, lambda item: item[0], 10) == drawn
    assert len(spread(items, lambda item: item[0], 1000)) == 103
