"""Sentences in shapes, in the caller's language: within the house they are English, and programs get them so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wenyuan import messages
from wenyuan.types import Language

_SENTENCES = frozenset(
    [
        *("actions", "change", "message", "notes", "problems", "reason"),
        *("sentence", "warnings", "when", "why", "why_not"),
    ]
)
_BY_NAME = "failed"  # sentences by the documents that they are about
_GIVEN = frozenset(["metadata", "spec", "trace"])  # what people and other programs wrote, or read


def said(shape: Any, language: Language) -> Any:  # noqa: ANN401 - as JSON has it
    """A shape with its sentences in that language; all else of it is as it was."""
    if language == "en":
        return shape
    if isinstance(shape, Mapping):
        return {name: value if name in _GIVEN else _field(name, value, language) for name, value in shape.items()}
    return [said(each, language) for each in shape] if isinstance(shape, list | tuple) else shape


def _field(name: str, value: Any, language: Language) -> Any:  # noqa: ANN401
    if name in _SENTENCES:
        if isinstance(value, str):
            return messages.told(value, language)
        if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
            return [messages.told(each, language) for each in value]
    if name == _BY_NAME and isinstance(value, Mapping):
        return {about: messages.told(each, language) for about, each in value.items()}
    return said(value, language)
