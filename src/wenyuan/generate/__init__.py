"""Prompt → Draft → Answer. The default generator quotes; a language model writes; one judge decides on both."""

from wenyuan.generate.courtesy import is_returned, returned
from wenyuan.generate.empty import nothing_held
from wenyuan.generate.extractive import Extractive
from wenyuan.generate.judge import DraftJudge, is_refusal
from wenyuan.generate.language_model import LanguageModel
from wenyuan.generate.preview import Preview

__all__ = [
    "DraftJudge",
    "Extractive",
    "LanguageModel",
    "Preview",
    "is_refusal",
    "is_returned",
    "nothing_held",
    "returned",
]
