"""Prompt → Answer. The default generator quotes; language models join here behind the same protocol."""

from wenyuan.generate.extractive import Extractive

__all__ = ["Extractive"]
