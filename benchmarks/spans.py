"""Does the reader find the words that answer? Exact match and F1 of its best span, as SQuAD 2.0 and CMRC count them.

    python benchmarks/spans.py DATA [--questions 1000] [--model rerank]

DATA is the folder of public data: `rag/squad2_en.jsonl.gz` (the half of SQuAD 2.0's dev set that nothing was trained
on) and `retrieval/cmrc2018-zh` (its dev paragraphs). Where the best span's margin over "no answer here" is below 0, the
empty answer is given; CMRC has none, so there the best span always is. Published for BERT-base, which is five times as
large: SQuAD 2.0 dev 76.3 F1 (Devlin et al., 2019, BERT-base 73.7 EM), CMRC 2018 dev 63.6 EM, 83.9 F1 (multilingual
BERT-base; Cui et al., 2019).
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from wenyuan.models import load_cross_encoder
from wenyuan.models.cross_encoder import ArtefactCrossEncoder

TAUGHT = {  # articles of SQuAD 2.0's file that the shipped reader learnt from
    "Computational_complexity_theory", "Islamism", "Private_school", "Southern_California", "Steam_engine",
    "University_of_Chicago",
}  # fmt: skip
HAN = re.compile(r"[\u4e00-\u9fff]")


class Asked(NamedTuple):
    """A question over a passage, and all answers that are right; none where there is no answer."""

    question: str
    passage: str
    answers: tuple[str, ...]


def squad2(data: Path) -> list[Asked]:
    with gzip.open(data / "rag" / "squad2_en.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rows = [row for row in rows if row["article"] not in TAUGHT]
    return [Asked(row["question"], row["context"], tuple(map(text_of, row["answers"]))) for row in rows]


def cmrc(data: Path) -> list[Asked]:
    folder = data / "retrieval" / "cmrc2018-zh"
    passages = {row["_id"]: row["text"] for row in read(folder / "corpus.jsonl")}
    answers = {row["_id"]: row for row in read(folder / "answers.jsonl")}
    texts = {row["_id"]: row["text"] for row in read(folder / "queries.jsonl")}
    judged = [line.split("\t")[:2] for line in (folder / "qrels" / "dev.tsv").read_text("utf-8").splitlines()[1:]]
    return [Asked(texts[query], passages[passage], tuple(answers[query]["answers"])) for query, passage in judged]


def read(path: Path) -> Iterable[dict[str, object]]:
    return map(json.loads, path.read_text("utf-8").splitlines())


def text_of(answer: str | dict[str, str]) -> str:
    return answer if isinstance(answer, str) else answer["text"]


def tokens(text: str) -> list[str]:
    """As the official scripts compare: lower case, without punctuation and articles; Chinese by characters."""
    text = "".join(
        each for each in text.lower() if each not in string.punctuation and unicodedata.category(each)[0] != "P"
    )
    if HAN.search(text):
        return re.findall(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+", text)
    return [word for word in text.split() if word not in ("a", "an", "the")]


def scores(said: str, answers: Sequence[str]) -> tuple[float, float]:
    """(exact match, F1), of the answer that fits best."""
    if not answers:
        return (float(not said),) * 2
    given = tokens(said)
    pairs = [(given == tokens(answer), f1(given, tokens(answer))) for answer in answers]
    return float(max(exact for exact, _ in pairs)), max(overlap for _, overlap in pairs)


def f1(given: Sequence[str], right: Sequence[str]) -> float:
    common = sum((Counter(given) & Counter(right)).values())
    return 2 * common / (len(given) + len(right)) if common else float(given == right)


def judged(model: ArtefactCrossEncoder, asked: Sequence[Asked], *, may_decline: bool) -> np.ndarray:
    """(n, 2) exact match and F1, and whether each was declined: (n, 3)."""
    rows = []
    for each in asked:
        [spans] = model.read_spans(each.question, [each.passage], [0])[1]
        best = max(spans, key=lambda span: span.margin, default=None)
        declined = best is None or (may_decline and best.margin < 0)
        said = "" if declined or best is None else each.passage[best.start : best.end]
        rows.append((*scores(said, each.answers), float(declined)))
    return np.array(rows)


def interval(values: np.ndarray) -> str:
    draws = np.random.default_rng(0).choice(values, (1000, len(values))).mean(axis=1) * 100
    return f"{100 * values.mean():.1f} [{np.percentile(draws, 2.5):.1f}, {np.percentile(draws, 97.5):.1f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--model", default="rerank")
    given = parser.parse_args()
    model = load_cross_encoder(given.model)
    assert isinstance(model, ArtefactCrossEncoder)
    print(model.id)
    for name, asked, may_decline in (("squad2_en", squad2(given.data), True), ("cmrc dev", cmrc(given.data), False)):
        drawn = random.Random(0).sample(asked, min(given.questions, len(asked)))
        found = judged(model, drawn, may_decline=may_decline)
        has = np.array([bool(each.answers) for each in drawn])
        print(f"{name}: n = {len(drawn)}, exact match {interval(found[:, 0])}, F1 {interval(found[:, 1])}")
        if may_decline:
            print(
                f"  with an answer (n = {has.sum()}): EM {interval(found[has, 0])}, F1 {interval(found[has, 1])}, "
                f"declined {interval(found[has, 2])}; without (n = {(~has).sum()}): declined {interval(found[~has, 2])}"
            )


if __name__ == "__main__":
    main()
