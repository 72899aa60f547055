"""Query → one ranked list a leg: BM25 over words, vectors over meaning, and summaries of sections where they are kept.

`leg` says what a leg is; each has a file of its own, and the house names those that take part.
"""

from wenyuan.recall.bm25 import ByWords
from wenyuan.recall.dense import ByMeaning
from wenyuan.recall.leg import Leg, shares, with_share
from wenyuan.recall.recall import LEGS, MAIN, SUMMARY, recall
from wenyuan.recall.summary import BySummary

__all__ = ["LEGS", "MAIN", "SUMMARY", "ByMeaning", "BySummary", "ByWords", "Leg", "recall", "shares", "with_share"]
