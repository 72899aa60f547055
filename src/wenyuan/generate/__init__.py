"""Prompt → Answer. The default generator quotes; a language model writes, and its citations are checked."""

from wenyuan.generate.extractive import Extractive
from wenyuan.generate.language_model import Event, LanguageModel

__all__ = ["Event", "Extractive", "LanguageModel"]
