"""Prompt → Draft → Answer. The default generator quotes; a language model writes; one judge decides on both."""

from wenyuan.generate.extractive import Extractive
from wenyuan.generate.judge import DraftJudge
from wenyuan.generate.language_model import LanguageModel
from wenyuan.generate.preview import Preview

__all__ = ["DraftJudge", "Extractive", "LanguageModel", "Preview"]
