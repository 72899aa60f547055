"""Measuring: retrieval against judged questions, answers against their evidence, with intervals, latency, memory."""

from wenyuan.evaluate.beir import read_corpus, read_judgements
from wenyuan.evaluate.rerankers import Candidates, Comparison, compare, contender, gather
from wenyuan.evaluate.run import Evaluation, evaluate, sample

__all__ = [
    "Candidates",
    "Comparison",
    "Evaluation",
    "compare",
    "contender",
    "evaluate",
    "gather",
    "read_corpus",
    "read_judgements",
    "sample",
]
