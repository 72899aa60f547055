"""How sure may an answer be that a reader network saw? Fits the confidence of `generate.reading` and judges it.

    python benchmarks/confidence.py CORPUS HELD.jsonl DEV.jsonl

CORPUS is a BEIR folder, both files hold questions with their evidence (docs/en/evaluation.md): HELD some that the
network was not trained on, to fit with, DEV others to judge. Fitted is whether the question has an answer at all, near-
misses having none; the biases are then moved together so that at 0.5 a share of COVERAGE of the held questions is
answered. Right is an answer whose quote holds the evidence.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from wenyuan.engine import KnowledgeBase
from wenyuan.evaluate import read_judgements
from wenyuan.evaluate.answers import judge, read_cases
from wenyuan.evaluate.judged import corpus_settings, open_corpus
from wenyuan.generate import DraftJudge, Extractive
from wenyuan.generate.reading import PAIRS, features, seen
from wenyuan.prompt import build_prompt
from wenyuan.text.language import language
from wenyuan.trace import Trace
from wenyuan.types import WHOLE

Array = NDArray[np.float64]
COVERAGE = 0.92  # of the questions that have an answer, those that are to be answered


class Measured(NamedTuple):
    """What one question gave."""

    features: Array
    pair: int
    right: bool
    answerable: bool


def main() -> None:
    """Print the coefficients, then what they are worth on the other file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("corpus", "held", "dev"):
        parser.add_argument(name, type=Path)
    arguments = parser.parse_args()
    with open_corpus(arguments.corpus, corpus_settings(arguments.corpus)) as kb:
        held, dev = (list(measure(kb, arguments.corpus, file)) for file in (arguments.held, arguments.dev))
    model = LogisticRegression(max_iter=10_000, fit_intercept=False)
    model.fit(rows(held), [each.answerable for each in held])
    answered = rows([each for each in held if each.answerable])
    shift = float(np.quantile(model.decision_function(answered), 1 - COVERAGE))
    slopes, biases = np.split(model.coef_[0], [len(held[0].features)])
    print("slopes", np.round(slopes, 3))
    print("biases", {pair: round(float(bias - shift), 2) for pair, bias in zip(PAIRS, biases, strict=True)})
    for name, measured in (("held", held), ("dev", dev)):
        logit = model.decision_function(rows(measured)) - shift
        right, answerable = (np.array([getattr(each, at) for each in measured]) for at in ("right", "answerable"))
        areas = f"right from wrong {auc(logit, right):.3f}, answerable from not {auc(logit, answerable):.3f}"
        said = f"answered {(logit[answerable] >= 0).mean():.3f}, declined {(logit[~answerable] < 0).mean():.3f}"
        print(f"{name}: n = {len(measured)}, AUROC {areas}; at 0.5 {said}")


def measure(kb: KnowledgeBase, corpus: Path, file: Path) -> Iterator[Measured]:
    """Each question and near-miss of the file, through the engine's own stages, if any passage is read for it."""
    qrels = {}
    for judged in sorted((corpus / "qrels").glob("*.tsv")):
        qrels |= read_judgements(corpus, judged).qrels
    quoting, accept = Extractive(kb._flow.encoder), DraftJudge(confidence=0.0)
    for case in read_cases(file):
        for question, near_miss in ((case.question, False), (case.near_miss, True)):
            if question is None:
                continue
            with kb._archive.view(WHOLE) as view:
                query = kb._flow.understand(view, question)
                prompt = build_prompt(query, kb._flow.sources(view, query, (), Trace()))
            ranked = seen(prompt)
            if ranked:
                answer = accept.judge(prompt, quoting.draft(prompt))
                outcome = judge(case, answer, qrels.get(case.id, {}), near_miss=near_miss)
                pair = PAIRS.index((query.language, language(ranked[0].source.text)))
                yield Measured(np.array(features(ranked)), pair, outcome.holds_evidence, not near_miss)


def rows(measured: list[Measured]) -> Array:
    """(n, features + pairs): what was seen, and which pair of languages it was."""
    pairs = np.eye(len(PAIRS))[[each.pair for each in measured]]
    return np.c_[np.stack([each.features for each in measured]), pairs]


def auc(score: Array, positive: NDArray[np.bool_]) -> float:
    """Chance that one of the positives scores above one of the others, a tie counting half."""
    above, below = score[positive][:, None], score[~positive][None, :]
    return float(((above > below) + (above == below) / 2).mean())


if __name__ == "__main__":
    main()
