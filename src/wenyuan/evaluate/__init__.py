"""Measuring: retrieval against judged questions, with intervals, latency and memory."""

from wenyuan.evaluate.beir import read_corpus, read_judgements
from wenyuan.evaluate.run import Evaluation, evaluate, sample

__all__ = ["Evaluation", "evaluate", "read_corpus", "read_judgements", "sample"]
