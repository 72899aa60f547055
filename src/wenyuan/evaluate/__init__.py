"""Measuring: retrieval against judged questions, with intervals, latency and memory."""

from wenyuan.evaluate.run import Evaluation, evaluate_beir

__all__ = ["Evaluation", "evaluate_beir"]
